//! Takes one state of the window in every size and theme, and looks for what is cut off in it.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use support::window::Window;

/// A window's inner size, width and height in CSS pixels.
type Size = (u32, u32);

/// The size a window opens with, and to which it goes back after each picture.
const USUAL: Size = (1280, 800);
const LARGE: Size = (1920, 1080);

const CUT: &str = include_str!("cut.js");

/// What is photographed, and how.
pub(crate) struct Camera {
    /// Where the pictures go; without it the window is only looked at.
    folder: Option<PathBuf>,
    sizes: &'static [Size],
    themes: &'static [&'static str],
    taken: RefCell<Vec<String>>,
    found: RefCell<Vec<String>>,
}

impl Camera {
    /// Every size and theme, as pictures in `folder`.
    pub(crate) fn into_folder(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("a folder for the pictures");
        Self {
            folder: Some(folder),
            sizes: &[USUAL, LARGE],
            themes: &["light", "dark"],
            ..Self::only_looking()
        }
    }

    /// One size and theme, and no picture.
    pub(crate) fn only_looking() -> Self {
        Self {
            folder: None,
            sizes: &[USUAL],
            themes: &["light"],
            taken: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// Takes the window as it is, under the name of its state.
    pub(crate) async fn take(&self, window: &Window, state: &str) {
        for &(width, height) in self.sizes {
            if self.sizes.len() > 1 {
                resize(window, (width, height)).await;
            }
            for theme in self.themes {
                // As the page marks itself; its menu cannot be used while a menu or dialog is open.
                let script = "document.documentElement.dataset.theme = arguments[0]";
                window.js(script, vec![json!(theme)]).await;
                settled(window).await;
                let name = format!("{state}-{theme}-{width}x{height}");
                if let Some(folder) = &self.folder {
                    let image = window.client().screenshot().await.expect("a screenshot");
                    fs::write(folder.join(format!("{name}.png")), image).expect("it is saved");
                }
                let found = cut(window).await;
                let mut all = self.found.borrow_mut();
                all.extend(found.iter().map(|each| format!("{name}: {each}")));
            }
        }
        if self.sizes.len() > 1 {
            resize(window, USUAL).await;
        }
        self.taken.borrow_mut().push(state.to_owned());
    }

    /// The states taken since this was last asked, in order.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.take()
    }

    /// What was found cut off, one sentence each.
    pub(crate) fn found(&self) -> Vec<String> {
        self.found.borrow().clone()
    }
}

async fn resize(window: &Window, (width, height): Size) {
    window.resize(width, height).await;
    window
        .wait_until(&format!("the page is {width}x{height}"), async |window| {
            let size = window.js("return [innerWidth, innerHeight]", vec![]).await;
            size == json!([width, height])
        })
        .await;
}

/// Waits until nothing on the page is on its way, and the screen shows the page as it is.
async fn settled(window: &Window) {
    window
        .wait_until("fonts, animations and rows are settled", async |window| {
            // A caret that blinks never settles; a diff far from the screen is not made.
            let script = "const moves = each => each.playState === 'running' && \
                each.effect.getTiming().iterations !== Infinity; \
                const near = each => { const { top, bottom } = each.getBoundingClientRect(); \
                  return bottom > 0 && top < innerHeight }; \
                return document.fonts.status === 'loaded' && !document.getAnimations().some(moves) && \
                  ![...document.querySelectorAll('.row.loading, section > .later')].some(near)";
            window.js(script, vec![]).await == true
        })
        .await;
    let script = "const done = arguments[arguments.length - 1]; \
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));";
    let painted = window.client().execute_async(script, Vec::new()).await;
    painted.expect("a frame is painted");
}

/// What cannot be read or pressed on the page as it is, one sentence each.
pub(crate) async fn cut(window: &Window) -> Vec<String> {
    match window.js(CUT, vec![]).await {
        Value::Array(found) => found
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        other => panic!("the page said {other}"),
    }
}
