//! Sums, days, steps and pauses, over a real index and a real settings file.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::*;
use crate::model::Model;
use crate::model::meter::Spent;
use crate::model::stream::Usage;
use crate::providers::Connection;
use crate::settings::SettingsFile;

struct Bench {
    dir: tempfile::TempDir,
    time: Arc<AtomicU64>,
    book: Book,
}

impl Bench {
    fn new(settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicU64::new(1_700_000_000_000));
        let book = book(dir.path(), &time);
        let bench = Self { dir, time, book };
        bench.settings(settings);
        bench.at_noon();
        bench
    }

    fn settings(&self, text: &str) {
        std::fs::write(self.dir.path().join("settings.toml"), text).unwrap();
    }

    /// Whatever the zone of this machine is.
    fn at_noon(&self) {
        let day = self.book.today().unwrap();
        self.time.store(day.begins + 43_200_000, Ordering::SeqCst);
    }

    fn spend(&self, task: &str, tokens: u64) -> Vec<String> {
        let usage = Usage {
            input: tokens,
            total: tokens,
            ..Usage::default()
        };
        self.book
            .keep(task, &answer(self.book.now(), "gpt-5-codex", usage))
            .unwrap();
        self.news(task, None)
    }

    fn news(&self, task: &str, limits: Option<&RateLimits>) -> Vec<String> {
        let news = self.book.news((task, "Coupons"), ("OpenAI", limits));
        news.unwrap().into_iter().map(|news| news.message).collect()
    }
}

fn book(data: &Path, time: &Arc<AtomicU64>) -> Book {
    let index = Arc::new(Index::open(data).unwrap());
    let file = SettingsFile::new(data.join("settings.toml"));
    let providers = Arc::new(Providers::new(file, Connection::default()));
    let time = time.clone();
    let clock = Arc::new(move || time.load(Ordering::SeqCst));
    Book::new(index, providers, clock)
}

fn answer(at: u64, model: &str, usage: Usage) -> Answer {
    Answer {
        id: uuid::Uuid::now_v7().to_string(),
        turn: 1,
        at,
        model: model.to_owned(),
        provider: "OpenAI".to_owned(),
        cost: Model::named(model).traits.price.map(|p| p.cost(&usage)),
        usage,
        about: false,
    }
}

const USAGE: Usage = Usage {
    input: 1_000,
    cached: 400,
    output: 200,
    reasoning: 50,
    total: 1_200,
};

#[test]
fn sums_are_exact_and_what_has_no_price_is_named_and_costs_no_zero() {
    let bench = Bench::new("");
    let now = bench.book.now();
    for turn in 1..=3 {
        let known = Answer {
            turn,
            ..answer(now, "gpt-5-codex", USAGE)
        };
        bench.book.keep("t1", &known).unwrap();
        // The same line of a log, taken in again, counts once.
        bench.book.keep("t1", &known).unwrap();
    }
    let unknown = Answer {
        about: true,
        ..answer(now, "my-own-model", USAGE)
    };
    assert_eq!(unknown.cost, None);
    bench.book.keep("t2", &unknown).unwrap();
    let one = bench.book.spent_by("t1", 0).unwrap();
    // 600 at $1.25, 400 at $0.125 and 200 at $10 a million, three times.
    let expect = Sum {
        answers: 3,
        input: 3_000,
        cached: 1_200,
        output: 600,
        reasoning: 150,
        cost: 3 * (750_000 + 50_000 + 2_000_000),
        unpriced: 0,
        about: false,
    };
    assert_eq!(one, expect);
    let today = bench.book.spent_today().unwrap();
    assert_eq!((today.tokens(), today.cost), (4_800, expect.cost));
    assert_eq!((today.unpriced, today.about), (1_200, true));
    let report = bench.book.report().unwrap();
    assert_eq!(report.days.len(), 30);
    assert_eq!(report.days[0].sum, today);
    assert_eq!(report.tasks.len(), 2);
    let models: Vec<&str> = report.models.iter().map(|each| &*each.model).collect();
    assert_eq!(models, ["gpt-5-codex", "my-own-model"]);
}

#[test]
fn a_day_ends_at_midnight_of_the_persons_calendar() {
    let bench = Bench::new("[budget]\nday_tokens = 1000\n");
    let day = bench.book.today().unwrap();
    bench.time.store(day.ends - 1, Ordering::SeqCst);
    assert_eq!(bench.spend("t", 1_000).len(), 1);
    assert!(matches!(
        bench.book.may_ask("t"),
        Err(Failure::OverBudget { daily: true, .. })
    ));
    bench.time.store(day.ends, Ordering::SeqCst);
    assert_eq!(bench.book.spent_today().unwrap(), Sum::default());
    assert_eq!(bench.book.may_ask("t"), Ok(()));
    assert_eq!(bench.book.report().unwrap().days[1].sum.tokens(), 1_000);
    assert_eq!(bench.spend("t", 800).len(), 1, "a new day tells anew");
}

#[test]
fn each_step_is_told_once_and_steps_passed_together_are_told_as_one() {
    let bench = Bench::new("[budget]\nday_tokens = 1000\n");
    assert_eq!(bench.spend("t", 749), Vec::<String>::new());
    assert!(!bench.book.offers("t").unwrap());
    assert_eq!(
        bench.spend("t", 1),
        ["75 % of today's budget is used: 750 of 1,000 tokens."]
    );
    assert_eq!(bench.spend("t", 1), Vec::<String>::new());
    assert_eq!(
        bench.spend("t", 200),
        ["95 % of today's budget is used: 951 of 1,000 tokens."]
    );
    assert!(bench.book.offers("t").unwrap());
    assert!(!bench.book.offers("t").unwrap(), "once");
    assert!(bench.book.offers("other").unwrap(), "but to each task");
    assert_eq!(bench.book.may_ask("t"), Ok(()));
    // What was told is remembered by the next start.
    let again = book(bench.dir.path(), &bench.time);
    assert_eq!(again.news(("t", "Coupons"), ("OpenAI", None)).unwrap(), []);
    bench.settings("[budget]\nday_tokens = 1200\n");
    let news = bench.news("t", None);
    assert_eq!(
        news,
        ["79 % of today's budget is used: 951 of 1,200 tokens."]
    );
    bench.settings("[budget]\nday_tokens = 1200\noffer_cheaper = false\n");
    bench.spend("t", 200);
    assert!(!bench.book.offers("t").unwrap());
}

#[test]
fn two_tasks_share_the_day_and_each_has_its_own_budget() {
    let bench = Bench::new("[budget]\nday_tokens = 1000\ntask_dollars = 0.001\n");
    bench.spend("a", 500);
    assert_eq!(bench.book.may_ask("b"), Ok(()));
    let news = bench.spend("b", 500);
    assert_eq!(
        news,
        ["100 % of today's budget is used: 1,000 of 1,000 tokens."]
    );
    let words = bench.book.may_ask("a").unwrap_err().to_string();
    assert!(
        words.starts_with("Today's budget is used up: 1,000 of 1,000 tokens."),
        "{words}"
    );
    bench.settings("[budget]\nday_tokens = 1001\ntask_dollars = 0.000625\n");
    let words = bench.book.may_ask("a").unwrap_err();
    assert!(
        matches!(&words, Failure::OverBudget { daily: false, .. }),
        "{words}"
    );
    bench.settings("");
    assert_eq!(
        bench.book.may_ask("a"),
        Ok(()),
        "a change holds from the next request on"
    );
}

#[test]
fn a_rate_limit_is_told_like_a_budget_unless_it_is_whole_again_at_once() {
    let bench = Bench::new("");
    let now = bench.book.now();
    let limits = |percent, resets_at| RateLimits {
        windows: vec![Window {
            counts: Counts::Primary,
            limit: None,
            remaining: None,
            used_percent: Some(percent),
            minutes: Some(300),
            resets_at,
        }],
        at: now,
    };
    let soon = limits(99, Some(now + 30_000));
    assert_eq!(bench.news("t", Some(&soon)), Vec::<String>::new());
    let later = limits(76, Some(now + 3_600_000));
    assert_eq!(
        bench.news("t", Some(&later)),
        ["76 % of the short-term limit at OpenAI is used."]
    );
    assert_eq!(bench.news("t", Some(&later)), Vec::<String>::new());
    bench.time.fetch_add(3_600_001, Ordering::SeqCst);
    let next = limits(80, Some(bench.book.now() + 3_600_000));
    assert_eq!(
        bench.news("t", Some(&next)).len(),
        1,
        "a new window tells anew"
    );
}

#[test]
fn an_index_that_begins_anew_finds_all_of_it_in_the_logs() {
    let bench = Bench::new("");
    let tasks = bench.dir.path().join("tasks");
    for task in ["t1", "t2"] {
        std::fs::create_dir_all(tasks.join(task)).unwrap();
        let mut log = Log::open(&tasks.join(task).join("log.jsonl")).unwrap();
        for _ in 0..2 {
            let answer = answer(bench.book.now(), "gpt-5-codex", USAGE);
            bench.book.keep(task, &answer).unwrap();
            log.append(&Record::Spent { answer }).unwrap();
        }
    }
    std::fs::write(tasks.join("t1/other.txt"), "x").unwrap();
    let before = bench.book.report().unwrap();
    assert_eq!(before.days[0].sum.answers, 4);
    let Bench {
        dir,
        time,
        book: old,
    } = bench;
    drop(old);
    for tail in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.path().join(format!("index.sqlite{tail}")));
    }
    let book = book(dir.path(), &time);
    assert_eq!(book.spent_today().unwrap().answers, 0);
    for _ in 0..2 {
        book.catch_up(&tasks, &tasks.join("tried.jsonl")).unwrap();
        assert_eq!(book.report().unwrap().days, before.days);
        assert_eq!(book.report().unwrap().models, before.models);
    }
}

#[test]
fn what_trying_a_connection_cost_has_a_line_of_its_own_and_is_found_again() {
    let bench = Bench::new("");
    let dir = tempfile::tempdir().unwrap();
    let (log, nowhere) = (
        dir.path().join("tried.jsonl"),
        dir.path().join("a/tried.jsonl"),
    );
    let spent = Spent {
        model: "gpt-5-codex".to_owned(),
        provider: "OpenAI".to_owned(),
        usage: USAGE,
        about: false,
    };
    bench.book.keep_tried(&nowhere).unwrap();
    assert_eq!(bench.book.spent_today().unwrap().answers, 0);
    for count in 1..=2 {
        bench.book.providers.tried().put(spent.clone());
        bench.book.keep_tried(&log).unwrap();
        bench.book.keep_tried(&log).unwrap();
        assert_eq!(bench.book.spent_today().unwrap().answers, count);
    }
    let report = bench.book.report().unwrap();
    assert_eq!(report.tasks.len(), 1);
    assert_eq!(report.tasks[0].title.as_deref(), Some("Test connection"));
    assert_eq!(report.models[0].sum, report.tasks[0].sum);
    assert_eq!(report.days[0].sum, report.tasks[0].sum);
    assert!(report.tasks[0].sum.cost > 0);
    let anew = Bench::new("");
    anew.book.catch_up(dir.path(), &log).unwrap();
    assert_eq!(anew.book.report().unwrap().tasks, report.tasks);

    // What cannot be written down is counted all the same, and said.
    bench.book.providers.tried().put(spent);
    let error = bench.book.keep_tried(&nowhere).unwrap_err().to_string();
    assert!(
        error.starts_with("What trying the connection has cost could not be written to "),
        "{error}"
    );
    assert_eq!(bench.book.spent_today().unwrap().answers, 3);
}
