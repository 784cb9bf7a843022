//! Every screen and state of the app, looked at for what is cut off, clipped or covered.
//!
//! `cargo xtask screens` plays all of [`SCENES`] and takes a picture of each state in both themes and
//! two sizes. Without it the quick ones are played, in one size and theme and without pictures.

mod asks;
mod attachments;
mod automatic;
mod camera;
mod chat;
mod checks;
mod files;
mod lists;
mod place;
mod project;
mod review;
mod settings;
mod shorter;
mod trust;
mod usage;
mod welcome;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Instant;

use futures_util::FutureExt;

use support::window::Window;

use crate::person::id;

use camera::Camera;
pub(crate) use camera::cut;

type Play = for<'a> fn(&'a Camera) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A window's way through some states, each of which is taken once.
struct Scene {
    name: &'static str,
    /// Whether it is played in every run of the tests.
    quick: bool,
    states: &'static [&'static str],
    play: Play,
}

macro_rules! scenes {
    ($($when:ident $module:ident::$play:ident: $($state:literal)+;)+) => {
        &[$(Scene {
            name: concat!(stringify!($module), " ", stringify!($play)),
            quick: scenes!(@ $when),
            states: &[$($state),+],
            play: |camera| Box::pin($module::$play(camera)),
        }),+]
    };
    (@ quick) => { true };
    (@ full) => { false };
}

/// A new state is a word here and a `take` in its scene; a new scene is a line and a function.
const SCENES: &[Scene] = scenes! {
    full welcome::first_start: "welcome-empty";
    full welcome::many_projects: "welcome-recent" "welcome-missing";
    full project::new_task: "project-new" "project-menu" "models-menu" "effort-menu" "permission-menu"
        "full-access-dialog" "other-model-dialog" "always-dialog-empty";
    full project::without_a_model: "project-unconnected" "project-empty-files";
    full chat::working: "working-plan" "working-command" "working-output" "stopped";
    full chat::answered: "answered" "answered-long";
    full chat::said_again: "message-edit" "again-dialog";
    full chat::failed: "failed-key" "edit-did-not-fit" "failed-model";
    full asks::command_and_site: "approval-command" "approval-change" "approval-for-task"
        "approval-site" "always-dialog";
    full asks::install: "approval-install";
    full asks::edit: "approval-edit";
    quick review::kinds: "review-undecided" "review-risk" "review-added" "review-big"
        "review-binary" "review-deleted" "review-decided" "review-rejected" "review-whole"
        "apply-dialog" "applied" "undone";
    full review::conflicts: "conflict-dialog" "review-conflict" "apply-blocked";
    full checks::none: "checks-no-task" "checks-none" "checks-typed" "checks-running"
        "checks-not-counted";
    full checks::found: "checks-found" "checks-failed" "checks-until-green" "checks-passed";
    full files::reading: "files-tree" "files-project" "files-finder" "files-nothing-found"
        "files-menu" "files-binary";
    full files::editing: "files-draft" "files-unsaved" "files-meanwhile" "files-find" "files-gone";
    full settings::from_nothing: "settings-empty" "settings-known" "settings-form" "settings-advanced" "settings-key-saved" "settings-works"
        "settings-rejected" "settings-unreachable" "settings-environment";
    full settings::locked: "settings-locked";
    full settings::absent: "notices" "settings-problems" "settings-absent";
    full lists::many_tasks: "tasks-many" "tasks-long-title";
    full lists::put_away: "task-menu" "task-rename" "tasks-archived" "removed-dialog" "removed-sure";
    full automatic::chosen: "automatic-composer" "automatic-rules" "automatic-turn"
        "automatic-taken";
    full shorter::conversation: "context-menu" "compaction-under-way" "compaction" "earlier-answer";
    full shorter::too_large: "too-large-message" "too-large-files";
    full usage::spent_and_paused: "usage-empty" "usage-meter" "usage-paused" "usage-full";
    full trust::question: "trust-question" "trust-look-only";
    full attachments::written_and_sent: "attachments" "attachment-refused" "attachment-view"
        "message-with-attachments";
};

#[tokio::test]
async fn nothing_is_cut_off_on_any_screen() {
    let folder = std::env::var_os("GREENLIGHT_SCREENS").map(PathBuf::from);
    let only = std::env::var("GREENLIGHT_SCREENS_ONLY").unwrap_or_default();
    let all = folder.is_some();
    let camera = folder.map_or_else(Camera::only_looking, Camera::into_folder);
    let mut broken = Vec::new();
    let chosen = |scene: &&Scene| {
        (all || scene.quick)
            && (scene.name.contains(&only)
                || scene.states.iter().any(|state| state.contains(&only)))
    };
    for scene in SCENES.iter().filter(chosen) {
        let began = Instant::now();
        let played = AssertUnwindSafe((scene.play)(&camera)).catch_unwind().await;
        let taken = camera.taken();
        for state in &taken {
            println!("{state}");
        }
        println!("  {}: {:.1} s", scene.name, began.elapsed().as_secs_f64());
        if played.is_err() || taken != scene.states {
            broken.push(format!(
                "{}: took {taken:?} of {:?}",
                scene.name, scene.states
            ));
        }
    }
    let found = camera.found();
    println!("{} things are cut off, clipped or covered", found.len());
    for each in &found {
        println!("  {each}");
    }
    assert_eq!(
        broken,
        Vec::<String>::new(),
        "scenes that were not played to their end"
    );
    assert_eq!(
        found,
        Vec::<String>::new(),
        "what cannot be read or pressed"
    );
}

#[tokio::test]
async fn what_is_cut_off_covered_or_beyond_the_edge_is_found() {
    let place = place::Place::unconnected();
    let window = Window::open(&place.launch).await;
    window.wait_for(&id("welcome")).await;
    assert_eq!(cut(&window).await, Vec::<String>::new());
    for (script, words) in [
        (
            "one.style.cssText = 'width: 80px; overflow: hidden; white-space: nowrap'",
            "cut off",
        ),
        (
            "one.style.cssText = 'width: 80px; white-space: nowrap'",
            "sticks out of its box",
        ),
        (
            "one.className = 'cut'; one.style.width = '80px'",
            "nothing says the rest",
        ),
        (
            "one.style.cssText = 'position: fixed; left: 1200px; white-space: nowrap'",
            "sticks out",
        ),
        (
            "one.style.cssText = 'position: fixed; inset: 0'",
            "covered by",
        ),
        (
            "one.style.marginBottom = '-40px'; one.parentElement.style.display = 'grid'",
            "lies over",
        ),
    ] {
        let script = format!("const one = document.querySelector('h1'); {script}");
        window.js(&script, vec![]).await;
        let found = cut(&window).await;
        assert!(
            found.iter().any(|each| each.contains(words)),
            "{words}: {found:?}"
        );
        let back = "const one = document.querySelector('h1'); one.style.cssText = ''; \
            one.parentElement.style.display = ''; one.classList.remove('cut')";
        window.js(back, vec![]).await;
    }
    window.close().await;
}
