use super::*;

/// The script's length, after checking that it is one.
fn check(old: &[u32], new: &[u32], deadline: Option<Instant>) -> usize {
    let distinct = old.iter().chain(new).max().map_or(0, |&id| id as usize + 1);
    let mut search = Search::new(distinct, deadline);
    search.run(old, new);
    let kept = |ids: &[u32], changed: &[bool]| -> Vec<u32> {
        let ids = ids.iter().zip(changed);
        ids.filter(|(_, changed)| !**changed)
            .map(|(id, _)| *id)
            .collect()
    };
    assert_eq!(
        kept(old, &search.old_changed),
        kept(new, &search.new_changed)
    );
    let all = search.old_changed.iter().chain(&search.new_changed);
    all.filter(|changed| **changed).count()
}

/// The length of the shortest script, by comparing all with all.
fn shortest(old: &[u32], new: &[u32]) -> usize {
    let mut row: Vec<usize> = (0..=new.len()).collect();
    for (i, a) in old.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in new.iter().enumerate() {
            let best = if a == b {
                corner
            } else {
                1 + row[j].min(row[j + 1])
            };
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[new.len()]
}

fn random(seed: &mut u64, below: u32) -> u32 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    ((*seed >> 33) as u32) % below
}

#[test]
fn scripts_are_the_shortest() {
    let mut seed = 1;
    for round in 0..2000 {
        let distinct = 1 + round % 9;
        let mut list = || -> Vec<u32> {
            let length = random(&mut seed, 25);
            (0..length).map(|_| random(&mut seed, distinct)).collect()
        };
        let (old, new) = (list(), list());
        assert_eq!(
            check(&old, &new, None),
            shortest(&old, &new),
            "{old:?} {new:?}"
        );
    }
}

#[test]
fn with_shortcuts_and_without_time_it_is_still_a_script() {
    let mut seed = 2;
    let old: Vec<u32> = (0..12_000).map(|_| random(&mut seed, 10)).collect();
    let new: Vec<u32> = (0..12_000).map(|_| random(&mut seed, 10)).collect();
    assert!(check(&old, &new, None) < 24_000);
    check(&old, &new, Some(Instant::now()));
    let mut search = Search::new(10, Some(Instant::now()));
    search.run(&old, &new);
    assert!(search.late());
}

#[test]
fn a_rewrite_keeps_what_did_not_change() {
    let mut seed = 7;
    let old: Vec<u32> = (0..1200).map(|_| random(&mut seed, 30)).collect();
    let new: Vec<u32> = old
        .iter()
        .map(|&id| match random(&mut seed, 2) {
            0 => 30 + random(&mut seed, 9),
            _ => id,
        })
        .collect();
    assert_eq!(check(&old, &new, None), shortest(&old, &new));
}
