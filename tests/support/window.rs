//! Drives the real window: the app as it ships, in WebKit, on a screen, by clicks and keys.
//!
//! [`Launch`] says how to start it and holds its private folders; [`Window`] is the started app.
//! Opening the same launch again continues where the folders are, as a person's second start does.
//!
//! Each window has a driver (`tauri-driver`, which starts WebKitWebDriver, which starts the app) with
//! free ports and a process group of its own. Dropping the window ends that whole group: ending only
//! the driver would leave the app behind.
//!
//! Nothing waits for a fixed time. Everything waits for a condition and fails, with a screenshot and
//! the page's text, when it does not come true within [`PATIENCE`].

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fantoccini::Client;
use fantoccini::ClientBuilder;
use fantoccini::Locator;
use fantoccini::actions::InputSource;
use fantoccini::actions::KeyAction;
use fantoccini::actions::KeyActions;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::Pid;
use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use crate::binaries;
use crate::driver::Driver;
use crate::driver::within;

/// How long a condition may take to come true. Long, because only failures wait this long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How the app is started: its private folders, its arguments, its environment.
#[derive(Clone)]
pub struct Launch {
    pub(crate) home: Arc<TempDir>,
    arguments: Vec<String>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Whether the question about trust is answered with yes.
    trusts: bool,
}

impl Default for Launch {
    fn default() -> Self {
        Self::new()
    }
}

impl Launch {
    /// A first start: empty folders, no arguments.
    pub fn new() -> Self {
        let home = TempDir::with_prefix("greenlight-window-").expect("a temporary folder");
        for name in ["data", "config", "cache", "run"] {
            let mut builder = fs::DirBuilder::new();
            builder
                .mode(0o700)
                .create(home.path().join(name))
                .expect("a folder for the app");
        }
        Self {
            home: Arc::new(home),
            arguments: Vec::new(),
            environment: Vec::new(),
            trusts: true,
        }
    }

    /// Starts with `folder` open. A question about trust is answered with yes.
    #[must_use]
    pub fn project(mut self, folder: &Path) -> Self {
        let folder = folder.to_str().expect("WebDriver passes arguments as text");
        self.arguments.extend(["--project".into(), folder.into()]);
        self
    }

    /// Leaves the question about trust to the test.
    #[must_use]
    pub fn unanswered(mut self) -> Self {
        self.trusts = false;
        self
    }

    /// Starts with `name` set to `value`.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts without arguments from here on; folders and environment stay.
    #[must_use]
    pub fn without_arguments(mut self) -> Self {
        self.arguments.clear();
        self
    }

    /// The folder that stands for `$XDG_DATA_HOME`.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }
}

/// The running app.
pub struct Window {
    client: Client,
    driver: Driver,
    /// The app's folders stay as long as the app, whatever becomes of the launch.
    _home: Arc<TempDir>,
}

impl Window {
    /// Starts the app and waits until its page has something on it.
    pub async fn open(launch: &Launch) -> Self {
        let driver = Driver::start(launch).await;
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "tauri:options".into(),
            json!({ "application": binaries::greenlight(), "args": launch.arguments }),
        );
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let session = builder.capabilities(capabilities).connect(&driver.address);
        // The driver itself waits without end for an app that has already exited.
        let client = match tokio::time::timeout(PATIENCE, session).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => panic!("the app did not start: {error}\n{}", driver.output()),
            Err(_) => panic!("the app opened no window\n{}", driver.output()),
        };
        let window = Self {
            client,
            driver,
            _home: Arc::clone(&launch.home),
        };
        window
            .wait_until("the page has something on it", async |window| {
                let script = "return document.readyState === 'complete' && \
                              document.body.innerText.trim() !== ''";
                window
                    .client
                    .execute(script, Vec::new())
                    .await
                    .is_ok_and(|seen| seen == true)
            })
            .await;
        if launch.trusts && !launch.arguments.is_empty() {
            window.trust().await;
        }
        window
    }

    /// Trusts the folder named at the start, if that is asked. One that cannot be opened is said
    /// on the welcome screen.
    async fn trust(&self) {
        let there = |testid: &str| format!("[data-testid={testid}]");
        self.wait_until("the folder is open or refused", async |window| {
            let seen = async |css: &str| window.first_visible(Locator::Css(css)).await;
            if let Some(yes) = seen(&there("trust-yes")).await {
                // One that was drawn again meanwhile is found again.
                let _ = yes.click().await;
                return false;
            }
            seen(&there("project-menu")).await.is_some()
                || (seen(&there("welcome")).await.is_some()
                    && seen(&there("notice")).await.is_some())
        })
        .await;
    }

    /// The underlying WebDriver session, for what has no verb here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until `condition` holds. `what` completes the sentence "waited in vain until".
    pub async fn wait_until(&self, what: &str, condition: impl AsyncFn(&Self) -> bool) {
        let found = self
            .poll(async |window| condition(window).await.then_some(()))
            .await;
        if found.is_none() {
            self.fail(&format!("waited in vain until {what}")).await;
        }
    }

    /// The first visible element that `css` selects, as soon as there is one.
    pub async fn wait_for(&self, css: &str) -> Element {
        self.visible(Locator::Css(css), css).await
    }

    /// The first visible button, link, tab or menu item whose text or label is `label`, as soon as
    /// there is one.
    pub async fn control(&self, label: &str) -> Element {
        self.visible(Locator::XPath(&control_path(label)), label)
            .await
    }

    /// Waits until an element that `css` selects contains `text`.
    pub async fn wait_for_text(&self, css: &str, text: &str) {
        let what = format!("`{css}` says `{text}`");
        self.wait_until(&what, async |window| {
            window
                .texts(css)
                .await
                .iter()
                .any(|found| found.contains(text))
        })
        .await;
    }

    /// Waits until `text` is somewhere on the page.
    pub async fn wait_for_page_text(&self, text: &str) {
        self.wait_until(&format!("the page says `{text}`"), async |window| {
            window.page_text().await.contains(text)
        })
        .await;
    }

    /// Waits until `css` selects nothing visible.
    pub async fn wait_until_gone(&self, css: &str) {
        self.wait_until(&format!("`{css}` is gone"), async |window| {
            window.first_visible(Locator::Css(css)).await.is_none()
        })
        .await;
    }

    /// Clicks what `css` selects, once it can be clicked.
    pub async fn click(&self, css: &str) {
        self.click_on(Locator::Css(css), css).await;
    }

    /// Clicks the control whose text or label is `label`, once it is enabled.
    pub async fn press(&self, label: &str) {
        self.click_on(Locator::XPath(&control_path(label)), label)
            .await;
    }

    /// Gives what `css` selects the focus by a click and types `text` there.
    pub async fn type_into(&self, css: &str, text: &str) {
        self.click(css).await;
        let element = self.wait_for(css).await;
        if let Err(error) = element.send_keys(text).await {
            self.fail(&format!("could not type into `{css}`: {error}"))
                .await;
        }
    }

    /// Types `keys` where the focus is. Special keys are `fantoccini::key::Key` as text.
    pub async fn keys(&self, keys: &str) {
        let sent = match self.client.active_element().await {
            Ok(element) => element.send_keys(keys).await,
            Err(error) => Err(error),
        };
        let sent = match sent {
            // What holds the focus is not always a control, and may be drawn anew in between: a keyboard
            // does not ask, and WebDriver's way to an element does. Nothing was typed then.
            Err(error)
                if ["not focusable", "was not found"]
                    .iter()
                    .any(|words| error.to_string().contains(words)) =>
            {
                self.client.perform_actions(strokes(keys)).await
            }
            other => other,
        };
        if let Err(error) = sent {
            self.fail(&format!("could not type {keys:?}: {error}"))
                .await;
        }
    }

    /// The visible text of each element that `css` selects, in page order.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)";
        match self.js(script, vec![json!(css)]).await {
            Value::Array(texts) => texts
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// All visible text of the page.
    pub async fn page_text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        let text = self
            .client
            .execute(script, Vec::new())
            .await
            .unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Runs `script` in the page and gives what it returns. It sees `arguments`.
    pub async fn js(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self.client.execute(script, arguments).await {
            Ok(value) => value,
            Err(error) => {
                self.fail(&format!("the script `{script}` failed: {error}"))
                    .await
            }
        }
    }

    /// Resizes the window.
    pub async fn resize(&self, width: u32, height: u32) {
        if let Err(error) = self.client.set_window_size(width, height).await {
            self.fail(&format!("could not resize to {width}x{height}: {error}"))
                .await;
        }
    }

    /// Saves what the window shows as `target/screens/NAME.png` and gives that path.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let image = self.client.screenshot().await.expect("a screenshot");
        let folder = binaries::target().join("screens");
        fs::create_dir_all(&folder).expect("a folder for screenshots");
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, image).expect("a screenshot is saved");
        path
    }

    /// The app's process.
    pub fn pid(&self) -> Pid {
        self.driver.app().expect("the app is running")
    }

    /// Ends the app as a crash would, and its driver with it. Its folders stay with the launch.
    pub async fn kill9(self) {
        let app = self.pid();
        rustix::process::kill_process(app, Signal::KILL).expect("the app can be killed");
        let gone = within(PATIENCE, async || self.driver.app().is_none().then_some(())).await;
        assert!(gone.is_some(), "process {app:?} survived SIGKILL");
    }

    /// Closes the window as its close button does and waits until the app has ended by itself.
    pub async fn quit(self) {
        // The session ends with the app, so the answer may be an error; the process is what counts.
        let _ = self.client.close_window().await;
        self.wait_until_ended().await;
    }

    /// Waits until the app has ended by itself.
    pub async fn wait_until_ended(self) {
        let gone = within(PATIENCE, async || self.driver.app().is_none().then_some(())).await;
        assert!(
            gone.is_some(),
            "the app is still running\n{}",
            self.driver.output()
        );
    }

    /// Ends the session and everything it started.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }

    async fn visible(&self, locator: Locator<'_>, what: &str) -> Element {
        match self
            .poll(async |window| window.first_visible(locator).await)
            .await
        {
            Some(element) => element,
            None => self.fail(&format!("waited in vain for `{what}`")).await,
        }
    }

    async fn first_visible(&self, locator: Locator<'_>) -> Option<Element> {
        for element in self.client.find_all(locator).await.ok()? {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    async fn click_on(&self, locator: Locator<'_>, what: &str) {
        // A list may redraw between finding and clicking: what is stale or covered is found again.
        let last = std::sync::Mutex::new(None::<CmdError>);
        let clicked = self
            .poll(async |window| {
                let element = window.first_visible(locator).await?;
                element.is_enabled().await.ok()?.then_some(())?;
                let outcome = element.click().await;
                outcome
                    .map_err(|error| last.lock().expect("one thread").replace(error))
                    .ok()
            })
            .await;
        if clicked.is_none() {
            let last = last.into_inner().expect("one thread");
            let reason = last.map(|error| format!(": {error}")).unwrap_or_default();
            self.fail(&format!("could not click `{what}`{reason}"))
                .await;
        }
    }

    async fn poll<T>(&self, attempt: impl AsyncFn(&Self) -> Option<T>) -> Option<T> {
        within(PATIENCE, async || attempt(self).await).await
    }

    async fn fail(&self, what: &str) -> ! {
        let test = std::thread::current()
            .name()
            .unwrap_or("window")
            .replace("::", "-");
        let text = self.page_text().await;
        let picture = match self.client.screenshot().await {
            Ok(_) => self
                .screenshot(&format!("failed-{test}"))
                .await
                .display()
                .to_string(),
            Err(error) => format!("none ({error})"),
        };
        panic!(
            "{what}\nscreenshot: {picture}\npage text:\n{text}\n{}",
            self.driver.output()
        );
    }
}

/// The keys one after the other, with modifiers held to the end.
fn strokes(keys: &str) -> KeyActions {
    let modifiers = [Key::Shift, Key::Control, Key::Alt, Key::Meta].map(char::from);
    let mut strokes = KeyActions::new("keyboard".to_owned());
    let mut held = Vec::new();
    for value in keys.chars() {
        strokes = strokes.then(KeyAction::Down { value });
        if modifiers.contains(&value) {
            held.push(value);
        } else {
            strokes = strokes.then(KeyAction::Up { value });
        }
    }
    held.into_iter().fold(strokes, |strokes, value| {
        strokes.then(KeyAction::Up { value })
    })
}

fn control_path(label: &str) -> String {
    let text = xpath_text(label);
    format!(
        "//*[self::button or self::a or self::summary or @role='button' or @role='tab' or \
         @role='menuitem' or @role='option' or @role='checkbox' or @role='radio']\
         [normalize-space(.)={text} or @aria-label={text}]"
    )
}

/// `text` as an XPath string, which has no escapes: a text with both quotes is put together.
fn xpath_text(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<_> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_xpath_string_may_hold_both_quotes() {
        assert_eq!(xpath_text("Approve all"), "'Approve all'");
        assert_eq!(xpath_text("Don't \"x\""), "concat('Don', \"'\", 't \"x\"')");
    }
}
