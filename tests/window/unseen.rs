//! What script in the page can reach is searched for a key, for each kind of provider.

use fantoccini::key::Key;
use serde_json::Value;
use serde_json::json;
use support::keychain::Keychain;
use support::model::Model;
use support::model::Reply;
use support::model::Script;
use support::model::chat;
use support::window::Window;

use crate::models::notes;
use crate::models::open_settings;
use crate::models::start;
use crate::person::id;

/// The kinds of providers, and the path below which each is asked.
const KINDS: [(&str, &str); 8] = [
    ("openAi", "/v1"),
    ("azure", "/openai/v1"),
    ("gateway", "/v1"),
    ("ollama", "/v1"),
    ("lmStudio", "/v1"),
    ("llamaCpp", "/v1"),
    ("vllm", "/v1"),
    ("custom", "/v1"),
];

/// Goes through all that hangs on the window: values, functions, what is in lists, maps and bytes,
/// and what the elements of the document hold beside it.
const WALK: &str = "
    const words = arguments[0];
    const done = arguments[arguments.length - 1];
    const has = (text) => typeof text === 'string' && text.includes(words);
    const read = new TextDecoder();
    function walk(roots) {
      const seen = new Set();
      const open = [];
      const look = (value, path) => {
        if (has(value)) return true;
        const more = (typeof value === 'object' && value !== null) || typeof value === 'function';
        if (more && !seen.has(value)) { seen.add(value); open.push([value, path]); }
        return false;
      };
      for (const [root, path] of roots) if (look(root, path)) return path;
      while (open.length > 0) {
        const [owner, path] = open.pop();
        if (owner instanceof ArrayBuffer || ArrayBuffer.isView(owner)) {
          try { if (has(read.decode(owner))) return path; } catch { /* It is let go of. */ }
          continue;
        }
        if (owner instanceof Map || owner instanceof Set)
          for (const held of [...owner].flat()) if (look(held, path + '[]')) return path;
        for (const key of Reflect.ownKeys(owner)) {
          if (has(String(key))) return path;
          let value;
          try { value = owner[key]; } catch { continue; }
          if (look(value, path + '.' + String(key))) return path + '.' + String(key);
        }
        const above = Object.getPrototypeOf(owner);
        if (above && look(above, path + '^')) return path;
      }
      return seen.size > 1000 ? null : 'too little was looked at: ' + seen.size;
    }
    const stored = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    async function databases() {
      const all = [];
      for (const { name } of await indexedDB.databases()) {
        const database = await stored(indexedDB.open(name));
        for (const store of database.objectStoreNames)
          all.push(await stored(database.transaction(store).objectStore(store).getAll()));
        database.close();
      }
      return all;
    }
    async function search() {
      if (has(document.documentElement.outerHTML)) return 'the document';
      for (const field of document.querySelectorAll('input, textarea, select'))
        if (has(field.value) || has(field.defaultValue)) return 'a field';
      for (const [name, store] of [['local', localStorage], ['session', sessionStorage]])
        if (has(JSON.stringify({ ...store }))) return 'the ' + name + ' store';
      if (has(document.cookie)) return 'a cookie';
      if (has(JSON.stringify(history.state)) || has(location.href)) return 'the history';
      const spans = performance.getEntries().map((entry) => entry.toJSON());
      if (has(JSON.stringify(spans))) return 'what took time';
      if (has(JSON.stringify(await databases()))) return 'a database';
      const elements = [...document.querySelectorAll('*')];
      return walk([[window, 'window'], [elements, 'elements']]);
    }
    search().then(done, (error) => done('the search failed: ' + error));";

/// Where script in the page can reach `words`; null where it cannot.
pub(crate) async fn reachable(window: &Window, words: &str) -> Value {
    let found = window.client().execute_async(WALK, vec![json!(words)]);
    found.await.expect("the page is searched")
}

/// Puts words where script could leave a key, one place after the other, and takes them away again.
const PLACES: [(&str, &str); 9] = [
    (
        "window.kept = new Map([[{}, [() => 0, { deep: new Set([arguments[0]]) }]]])",
        "delete window.kept",
    ),
    (
        "window.kept = Object.assign(() => 0, { [Symbol('of')]: arguments[0] })",
        "delete window.kept",
    ),
    (
        "window.kept = new TextEncoder().encode('x' + arguments[0])",
        "delete window.kept",
    ),
    (
        "document.body.kept = { text: arguments[0] }",
        "delete document.body.kept",
    ),
    (
        "document.querySelector('textarea').value = arguments[0]",
        "document.querySelector('textarea').value = ''",
    ),
    (
        "localStorage.setItem('kept', arguments[0])",
        "localStorage.removeItem('kept')",
    ),
    (
        "sessionStorage.setItem('kept', arguments[0])",
        "sessionStorage.removeItem('kept')",
    ),
    (
        "history.replaceState({ kept: arguments[0] }, '')",
        "history.replaceState(null, '')",
    ),
    (
        "performance.mark(arguments[0])",
        "performance.clearMarks(arguments[0])",
    ),
];

#[tokio::test]
async fn a_key_of_no_kind_of_provider_can_be_reached_by_script_once_it_is_saved() {
    let (project, keychain) = (notes(), Keychain::unlocked());
    let model = Model::of_both(Script::each(|request| {
        match request.path.ends_with("/responses") {
            true => Reply::text("OK"),
            false => chat().text("OK").completed(),
        }
    }));
    let launch = start(&project, &keychain.address());
    let window = Window::open(&launch).await;
    window.wait_for(&id("composer-text")).await;
    // The search finds what there is to be found.
    let planted = "words-that-were-put-there-on-purpose";
    for (put, take) in PLACES {
        window.js(put, vec![json!(planted)]).await;
        assert_ne!(reachable(&window, planted).await, Value::Null, "{put}");
        window.js(take, vec![json!(planted)]).await;
    }
    let found = reachable(&window, planted).await;
    assert_eq!(found, Value::Null, "it is all taken away again");
    open_settings(&window).await;
    let all = format!("{}a{}", Key::Control, Key::Null);
    for (number, (kind, path)) in KINDS.into_iter().enumerate() {
        let key = format!("sk-typed-for-one-kind-{number}-{kind}-0815");
        window.click(&id("provider-add")).await;
        window.click(&id("provider-kind")).await;
        window.click(&id(&format!("provider-kind-{kind}"))).await;
        let url = format!("http://{}{path}", model.address());
        for (field, text) in [
            ("provider-name", &format!("Number{number}")),
            ("provider-url", &url),
        ] {
            window.click(&id(field)).await;
            window.keys(&all).await;
            window.keys(text).await;
        }
        window.click(&id("provider-save")).await;
        window
            .wait_for(&id(&format!("provider-number{number}")))
            .await;
        window.type_into(&id("key-field"), &key).await;
        assert_eq!(reachable(&window, &key).await, "a field", "{kind}");
        window.click(&id("key-save")).await;
        let saved = format!("{}[data-state=saved]", id("key-state"));
        window.wait_for(&saved).await;
        window.click(&id("provider-test")).await;
        window
            .wait_for(&format!("{}[data-code=works]", id("provider-report")))
            .await;
        assert_eq!(reachable(&window, &key).await, Value::Null, "{kind}");
        let last = model.requests().pop().expect("it was tried");
        let sent = last.header("authorization").or(last.header("api-key"));
        assert!(sent.is_some_and(|sent| sent.ends_with(&key)), "{kind}");
    }
    window.close().await;
}
