//! Chooses how WebKitGTK draws, before GTK starts.
//!
//! WebKitGTK hands frames over as DMABUFs. Without a graphics device that doubles the time of a frame
//! and the memory, and with NVIDIA's driver or inside an AppImage the window may stay empty.
//! Elsewhere it is the better way, and on some drivers the only one. So it is turned off only for
//! these three, and never when the person has set one of the variables that govern drawing. Under
//! WebDriver it stays on too: without it, WebKit never answers a request for a screenshot of a page
//! that is not moving.

#[cfg(target_os = "linux")]
pub(crate) use linux::settle;

/// Other systems bring their own webview.
#[cfg(not(target_os = "linux"))]
pub(crate) fn settle() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::env;
    use std::fs;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    const GOVERNING: [&str; 4] = [
        "WEBKIT_DISABLE_",
        "WEBKIT_DMABUF_",
        "WEBKIT_FORCE_",
        "WEBKIT_SKIA_",
    ];

    /// Starts this program again with the switch set, if it is needed: a program may not change its
    /// own environment once other code of it may be reading it.
    pub(crate) fn settle() {
        let chosen = env::vars_os().any(|(name, _)| {
            name.to_str()
                .is_some_and(|name| GOVERNING.iter().any(|start| name.starts_with(start)))
        });
        let driven = env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
        if chosen
            || driven
            || !(env::var_os("APPIMAGE").is_some() || !has_render_node() || has_nvidia())
        {
            return;
        }
        let Ok(program) = env::current_exe() else {
            return;
        };
        let mut words = env::args_os();
        let mut again = Command::new(program);
        if let Some(name) = words.next() {
            again.arg0(name);
        }
        // It returns only when that failed; the app then runs as it is, only slower.
        let error = again.args(words).env(SWITCH, "1").exec();
        eprintln!("Greenlight draws with WebKit's defaults: {error}");
    }

    fn has_render_node() -> bool {
        names("/dev/dri")
            .iter()
            .any(|name| name.starts_with("renderD"))
    }

    fn has_nvidia() -> bool {
        names("/sys/class/drm").iter().any(|card| {
            fs::read_to_string(format!("/sys/class/drm/{card}/device/vendor"))
                .is_ok_and(|vendor| vendor.trim() == "0x10de")
        })
    }

    fn names(folder: &str) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}
