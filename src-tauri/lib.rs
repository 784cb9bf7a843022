//! The shell: a window around the engine, and what only a desktop app can do (dialogs, dropped
//! folders, the end of a session).
//!
//! It decides nothing. It starts a [`api::Desk`], gives the page a few commands that lead there, and
//! closes the desk when the window closes. A folder's path goes from the person's dialog, drop or
//! command line to the desk without passing through script.
//!
//! It refuses everything else to the page: other origins, new windows, plugins, Tauri's own commands.

#[cfg(target_os = "linux")]
mod alerts;
mod arguments;
mod clipboard;
mod commands;
mod dialogs;
mod renderer;
mod window;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use api::Connection;
use api::Desk;
use tauri::App;
use tauri::AppHandle;
use tauri::Manager;
use tauri::RunEvent;
use tauri::async_runtime;

use crate::arguments::Arguments;

/// How long the desk may take to stop its work before the app ends without it. Nothing is lost then:
/// what it had not finished is taken up at the next start.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs the app until its window is closed.
pub fn run() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    // Without it the app works as well, only less closed.
    if let Err(error) = api::harden() {
        eprintln!("Greenlight could not close its memory to other programs: {error}");
    }
    renderer::settle();

    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::bytes,
            commands::drain,
            clipboard::paste,
            dialogs::pick_certificates,
            dialogs::pick_files,
            dialogs::pick_folder,
            dialogs::save_conversation,
        ])
        .on_window_event(window::on_event)
        .setup(move |app| start(app, arguments))
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("Greenlight could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = app.run_return(|app, event| {
        if matches!(event, RunEvent::Exit) {
            close(app);
        }
    });
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn start(app: &mut App, arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let places = arguments::places(app)?;
    let connection = Connection::from_environment(|name| std::env::var(name).ok());
    // Inside the runtime, because the desk starts tasks of its own.
    match async_runtime::block_on(async { Desk::open(places, connection) }) {
        Ok(desk) => {
            app.manage(Arc::clone(&desk));
            desk.read_environment();
            if let Some(folder) = arguments.project {
                desk.dropped(window::MAIN, vec![folder]);
            }
            window::open(app.handle())?;
            #[cfg(target_os = "linux")]
            alerts::start(app.handle(), &desk);
            end_with_session(app.handle().clone());
        }
        Err(failure) => dialogs::give_up(app.handle(), &failure),
    }
    Ok(())
}

fn close(app: &AppHandle) {
    if let Some(desk) = app.try_state::<Arc<Desk>>() {
        let desk = Arc::clone(&desk);
        async_runtime::block_on(async move {
            let _ = tokio::time::timeout(FAREWELL, desk.close()).await;
        });
    }
}

/// Ends the app in order when the session ends or someone asks it to by signal.
#[cfg(unix)]
fn end_with_session(app: AppHandle) {
    use tokio::signal::unix::SignalKind;
    use tokio::signal::unix::signal;

    async_runtime::spawn(async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.exit(0);
    });
}

#[cfg(not(unix))]
fn end_with_session(_app: AppHandle) {}
