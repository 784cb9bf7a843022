//! Death and failure at every point of a transaction and of its recovery.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::*;
use crate::project::fixture::Tree;

/// All points that a transaction of every kind passes.
pub(super) fn points() -> Vec<String> {
    let (m, draft) = every_kind();
    let names = Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = names.clone();
    let _guard = fault::hook::set(move |name| {
        seen.borrow_mut().push(name.to_owned());
        Ok(())
    });
    applied(m.applier().apply(TASK, &all(&draft)).unwrap());
    names.take()
}

struct Killed;

/// Dies at the `nth` point, as a kill would: nothing is cleaned up on the way.
pub(super) fn die_at(nth: usize) -> fault::hook::Guard {
    let mut count = 0;
    fault::hook::set(move |_| {
        count += 1;
        if count == nth {
            std::panic::panic_any(Killed);
        }
        Ok(())
    })
}

fn no_leftovers(m: &Machine, tree: &Tree, context: &str) {
    let staged = tree
        .entries
        .keys()
        .find(|path| path.file_name().is_some_and(is_staged));
    assert_eq!(staged, None, "{context}");
    drop(m.applier());
}

#[test]
fn a_kill_at_any_point_leaves_the_old_tree_or_the_new_one() {
    let points = points();
    assert!(points.len() > 40, "{points:?}");
    let committed = points.iter().position(|name| name == "committed").unwrap() + 1;
    for nth in 1..=points.len() {
        let context = format!("killed at point {nth}, {}", points[nth - 1]);
        let (m, draft) = every_kind();
        let before = entries(&m);
        let after = crate::project::fixture::look(draft.tree()).entries;
        let approved = all(&draft);
        let applier = m.applier();
        let guard = die_at(nth);
        let killed = catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved)));
        assert!(killed.is_err_and(|what| what.is::<Killed>()), "{context}");
        drop(guard);
        let (applier, recovered) = Applier::open(&m.project(), &m.data(), m.blobs()).unwrap();
        let tree = m.tree();
        if nth < committed {
            assert_eq!(tree.entries, before, "{context}");
            let told = matches!(&recovered[..], [Recovered::TakenBack { left_alone, .. }]
                if left_alone.is_empty());
            assert!(told, "{context}: {recovered:?}");
            assert_eq!(applier.history().unwrap(), [], "{context}");
        } else {
            assert_eq!(tree.entries, after, "{context}");
            assert_eq!(recovered, [], "{context}");
            assert_eq!(applier.history().unwrap().len(), 1, "{context}");
        }
        no_leftovers(&m, &tree, &context);
        let again = Applier::open(&m.project(), &m.data(), m.blobs()).unwrap().1;
        assert_eq!(again, [], "{context}: settled once");
    }
}

#[test]
fn a_kill_during_recovery_is_recovered_from() {
    let points = points();
    let performed = points.iter().position(|name| name == "performed").unwrap() + 1;
    for nth in 1.. {
        let (m, draft) = every_kind();
        let before = entries(&m);
        let approved = all(&draft);
        let applier = m.applier();
        let guard = die_at(performed);
        assert!(catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved))).is_err());
        drop(guard);
        let guard = die_at(nth);
        let (project, data, blobs) = (m.project(), m.data(), m.blobs());
        let killed = catch_unwind(AssertUnwindSafe(|| Applier::open(&project, &data, blobs)));
        drop(guard);
        Applier::open(&project, &data, m.blobs()).unwrap();
        assert_eq!(entries(&m), before, "killed at point {nth} of the recovery");
        if killed.is_ok() {
            assert!(nth > 8, "the recovery has points");
            return;
        }
    }
}

#[test]
fn a_failure_at_any_point_takes_everything_back() {
    let points = points();
    for (i, name) in points.iter().enumerate() {
        if name == "committed" {
            break;
        }
        let (m, draft) = every_kind();
        let before = entries(&m);
        let approved = all(&draft);
        let mut count = 0;
        let _guard = fault::hook::set(move |_| {
            count += 1;
            if count == i + 1 {
                Err(rustix::io::Errno::NOSPC.into())
            } else {
                Ok(())
            }
        });
        let sentence = failed(m.applier().apply(TASK, &approved).unwrap());
        assert!(sentence.contains("Nothing was changed"), "{sentence}");
        assert_eq!(entries(&m), before, "failed at point {i}, {name}");
    }
}

#[test]
fn bytes_written_after_a_crash_are_left_alone() {
    for path in ["changed", "new/er/f", "named-twice", "becomes-link"] {
        let (m, draft) = every_kind();
        let approved = all(&draft);
        let performed = points()
            .iter()
            .position(|name| name == "performed")
            .unwrap()
            + 1;
        let guard = die_at(performed);
        let applier = m.applier();
        assert!(catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved))).is_err());
        drop(guard);
        fs::remove_file(m.at(path)).unwrap();
        m.write(path, b"written since");
        let (_, recovered) = Applier::open(&m.project(), &m.data(), m.blobs()).unwrap();
        let [Recovered::TakenBack { left_alone, .. }] = &recovered[..] else {
            panic!("{recovered:?}")
        };
        assert_eq!(left_alone.len(), 1, "{path}: {left_alone:?}");
        assert!(
            recovered[0].sentence().contains(path),
            "{}",
            recovered[0].sentence()
        );
        assert_eq!(fs::read(m.at(path)).unwrap(), b"written since");
        if let Some(shown) = left_alone[0].shown {
            m.blobs()
                .get(&shown.blob)
                .expect("the version from before is kept");
        }
        let tree = m.tree();
        no_leftovers(&m, &tree, path);
        assert_eq!(
            fs::read(m.at("src/deep/deleted")).unwrap(),
            b"old",
            "the rest is back"
        );
    }
}

#[test]
fn a_damaged_journal_is_shown_and_not_acted_upon() {
    let (m, draft) = every_kind();
    let approved = all(&draft);
    let applier = m.applier();
    let guard = die_at(points().len() / 2);
    assert!(catch_unwind(AssertUnwindSafe(|| applier.apply(TASK, &approved))).is_err());
    drop(guard);
    let half_way = m.tree();
    let folder = applier.journals().unwrap().pop().unwrap();
    let journal::Found::Whole(journal) = folder else {
        panic!("{folder:?}")
    };
    let record = journal.dir.join("record");
    let mut bytes = fs::read(&record).unwrap();
    bytes[20] ^= 1;
    fs::write(&record, bytes).unwrap();
    let (_, recovered) = Applier::open(&m.project(), &m.data(), m.blobs()).unwrap();
    assert_eq!(recovered, [Recovered::Damaged { path: journal.dir }]);
    assert_eq!(m.tree(), half_way);
}
