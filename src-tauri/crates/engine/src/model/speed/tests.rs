use super::*;

const MS: Duration = Duration::from_millis(1);

fn speed(connecting: u32, first_byte: u32, rate: Option<f64>, own: Option<u64>) -> Speed {
    Speed {
        connecting: Some(MS * connecting),
        first_byte: MS * first_byte,
        first_word: MS * (connecting + first_byte),
        rate: rate.map(|per_second| Rate {
            per_second,
            about: false,
        }),
        passage: Passage::of(None, own.map(Duration::from_millis)),
        proxy: None,
    }
}

#[test]
fn the_limits_of_what_is_slow_are_not_slow_themselves() {
    assert_eq!(speed(500, 1_500, Some(10.0), None).slow(), None);
    let byte = speed(500, 1_501, Some(10.0), None).slow().unwrap();
    assert!(
        byte.starts_with("That is slow: the first byte took 2.0 s, "),
        "{byte}"
    );
    let rate = speed(1, 1, Some(9.9), None).slow().unwrap();
    assert!(
        rate.starts_with("That is slow: it writes 9.9 tokens a second and no more."),
        "{rate}"
    );
    assert_eq!(speed(1, 1, None, None).slow(), None, "nobody knows");
}

#[test]
fn where_the_time_went_is_told_by_what_took_most_of_it() {
    for (connecting, first_byte, own, words) in [
        (
            2_000,
            500,
            Some(400),
            "most of it to connect, before anything was asked",
        ),
        (
            100,
            2_900,
            Some(2_500),
            "most of it the server's own work, as it says",
        ),
        (
            100,
            2_900,
            Some(200),
            "most of it on the way, as the server says that it worked less",
        ),
        (
            100,
            2_900,
            None,
            "and the server does not say how much of it was its own work",
        ),
    ] {
        let slow = speed(connecting, first_byte, None, own).slow().unwrap();
        assert!(slow.contains(words), "{slow}");
        assert!(
            slow.ends_with("No proxy is used, and the answer names no region and no edge."),
            "{slow}"
        );
    }
}

#[test]
fn what_lies_between_is_named() {
    let mut slow = speed(100, 2_900, Some(4.0), None);
    slow.passage = Passage::of(Some("Sweden Central"), None);
    for (set, by) in [(true, "set in Settings"), (false, "set by the environment")] {
        slow.proxy = Some(ViaProxy {
            name: "proxy.example:3128".to_owned(),
            set,
        });
        let words = slow.slow().unwrap();
        assert!(
            words.contains("; it writes 4 tokens a second and no more. In between: "),
            "{words}"
        );
        let between =
            format!("the proxy proxy.example:3128 ({by}) and Azure region Sweden Central.");
        assert!(words.ends_with(&between), "{words}");
    }
}

#[test]
fn what_was_measured_is_said_in_plain_words() {
    let mut fast = speed(35, 765, Some(42.3), Some(600));
    fast.passage = Passage::of(Some("Sweden Central"), fast.passage.own());
    assert_eq!(
        fast.words(),
        "First word after 0.8 s, 42 tokens a second. Connecting (name, connection and encryption) \
         took 35 ms, the first byte 0.8 s more, and the server says that it worked on it for 0.6 s. \
         Azure region Sweden Central."
    );
    fast.rate = None;
    fast.connecting = None;
    fast.passage = Passage::default();
    assert_eq!(
        fast.words(),
        "First word after 0.8 s. The answer was too short to tell how fast it goes on. The first \
         byte came after 0.8 s."
    );
    let one = Rate {
        per_second: 1.0,
        about: true,
    };
    assert_eq!(one.words(), "about 1 token a second");
}

/// Twenty pieces, one each so many milliseconds, then what the server says it cost.
fn rate(each: u32, usage: Option<(u64, u64)>, whole: bool) -> Option<Rate> {
    let (began, mut seen) = (Instant::now(), Seen::default());
    for piece in 0..20 {
        let delta = StreamEvent::TextDelta {
            index: 0,
            text: "1 ".to_owned(),
        };
        seen.take(&delta, began + MS * (each * piece));
    }
    let usage = usage.map(|(output, reasoning)| Usage {
        output,
        reasoning,
        ..Usage::default()
    });
    seen.take(&StreamEvent::Completed { usage }, began + MS * (each * 100));
    seen.rate(whole)
}

#[test]
fn tokens_are_those_that_the_server_counts_and_else_the_pieces() {
    let told = |each, usage, whole| {
        rate(each, usage, whole).map(|rate| (rate.per_second.round(), rate.about))
    };
    assert_eq!(told(50, Some((96, 0)), true), Some((100.0, false)));
    assert_eq!(
        told(50, Some((596, 500)), true),
        Some((100.0, false)),
        "thinking came before"
    );
    assert_eq!(told(50, None, true), Some((20.0, true)));
    assert_eq!(
        told(50, Some((7, 0)), false),
        Some((20.0, true)),
        "it was let go"
    );
    assert_eq!(told(50, Some((9, 0)), true), None, "too few");
    assert_eq!(told(1, Some((96, 0)), true), None, "in one piece");
}
