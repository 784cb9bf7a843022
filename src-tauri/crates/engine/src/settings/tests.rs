use super::*;
use crate::model::Wire;
use crate::model::catalog::PatchTool;
use crate::model::price::Price;
use crate::model::tier::Tier;

fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/settings.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    if !text.is_empty() {
        std::fs::write(&path, text).unwrap();
    }
    (folder, SettingsFile::new(path))
}

fn text(file: &SettingsFile) -> String {
    std::fs::read_to_string(file.path()).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    let (_folder, file) = file(text);
    file.read()
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn local() -> ProviderSettings {
    ProviderSettings {
        id: "local".to_owned(),
        name: Some("On my desk".to_owned()),
        base_url: Some("http://127.0.0.1:8080/v1".to_owned()),
        kind: Kind::LlamaCpp,
        wire: WireChoice::Only(Wire::Chat),
        key_saved: true,
        model: Some("qwen3-coder".to_owned()),
        effort: Some(Effort::High),
        ..ProviderSettings::default()
    }
}

#[test]
fn what_is_written_is_read_back_and_no_file_is_made_before() {
    let (_folder, file) = file("");
    assert_eq!(file.read(), Settings::default());
    assert!(!file.path().exists());
    assert_eq!(file.put_provider(&local()).unwrap(), None);
    assert_eq!(file.choose("local").unwrap(), None);
    let read = file.read();
    assert_eq!(read.provider.as_deref(), Some("local"));
    assert_eq!(read.providers, [local()]);
    assert_eq!(read.problems, []);
    assert!(text(&file).starts_with("# Greenlight's settings."));
    assert!(text(&file).contains("[providers.local]"), "{}", text(&file));
    assert!(!text(&file).contains("[providers]"), "{}", text(&file));
}

#[test]
fn every_kind_and_form_is_read_back_and_the_usual_ones_are_not_written() {
    let (_folder, file) = file("");
    let chat = WireChoice::Only(Wire::Chat);
    let responses = WireChoice::Only(Wire::Responses);
    for kind in Kind::ALL {
        for wire in [chat, responses, WireChoice::Auto] {
            let said = ProviderSettings {
                kind,
                wire,
                ..local()
            };
            file.put_provider(&said).unwrap();
            assert_eq!(file.read().providers, [said]);
        }
    }
    assert!(!text(&file).contains("kind") && !text(&file).contains("wire"));
}

#[test]
fn comments_order_and_what_is_not_ours_to_change_survive() {
    let before = "\
# mine
provider = \"local\" # at home

[providers.local] # the box
base_url = \"http://127.0.0.1:1/v1\"
# fast enough
model = \"a\" # small
";
    let (_folder, file) = file(before);
    let mut changed = file.read().providers[0].clone();
    changed.model = Some("b".to_owned());
    assert_eq!(file.put_provider(&changed).unwrap(), None);
    assert_eq!(text(&file), before.replace("\"a\"", "\"b\""));
    file.remove_provider("local").unwrap();
    assert!(text(&file).contains("# mine"), "{}", text(&file));
    assert_eq!(file.read(), Settings::default());
}

#[test]
fn each_broken_line_is_named_with_what_is_used_instead() {
    assert_eq!(
        problems("provider = \"nobody\"\n"),
        ["Line 1: `provider` names none of the providers below; the default provider is used."]
    );
    assert_eq!(
        problems("\nprovider = 3\n"),
        ["Line 2: `provider` is no text in quotes; the default provider is used."]
    );
    assert_eq!(
        problems("providers = 3\n"),
        ["Line 1: `providers` is no table; there are none in it."]
    );
    assert_eq!(
        problems("[providers]\nlocal = 3\n"),
        ["Line 2: `local` is no table; it is left out."]
    );
    assert_eq!(
        problems("[providers.local]\nbase_url = 8080\n"),
        ["Line 2: `base_url` is no text in quotes; this provider cannot be used."]
    );
    assert_eq!(
        problems("[providers.openai]\neffort = \"most\"\n"),
        [
            "Line 2: `effort` is none of minimal, low, medium, high and xhigh; the model's own \
             effort is used."
        ]
    );
    assert_eq!(
        problems("[providers.a]\nkind = \"fridge\"\nwire = 3\n"),
        [
            "Line 2: `kind` is none of gateway, azure, openai, ollama, lmstudio, llamacpp, vllm and \
             custom; custom is used.",
            "Line 3: `wire` is none of auto, responses and chat; auto is used."
        ]
    );
    assert_eq!(
        problems("colour = \"blue\"\n"),
        ["Line 1: `colour` is no setting; it is ignored."]
    );
    let torn = problems("provider = \"openai\"\n[providers.\nmodel = 1\n");
    assert_eq!(torn.len(), 1, "{torn:?}");
    assert!(
        torn[0].starts_with("Line 2: the file cannot be read from here on")
            && torn[0]
                .ends_with("nothing of it is used, and Greenlight goes on with its defaults."),
        "{torn:?}"
    );
}

#[test]
fn certificates_and_proxies_are_read_for_all_and_for_one() {
    let text = "ca_file = \"/etc/company.pem\"\nproxy = \"none\"\n[providers.local]\n\
        base_url = \"http://127.0.0.1:1/v1\"\nca_file = \"/home/me/own.pem\"\n\
        proxy = \"http://proxy.example:8080\"\nservice_tier = \"flex\"\n";
    let (_folder, whole) = file(text);
    let settings = whole.read();
    assert_eq!(settings.problems, []);
    assert_eq!(settings.ca_file, Some("/etc/company.pem".into()));
    assert_eq!(settings.proxy.as_deref(), Some("none"));
    let local = settings.provider("local").unwrap();
    assert_eq!(local.ca_file, Some("/home/me/own.pem".into()));
    assert_eq!(local.proxy.as_deref(), Some("http://proxy.example:8080"));
    assert_eq!(local.service_tier, Some(Tier::Flex));
    // What the app writes leaves them.
    let mut changed = local.clone();
    changed.model = Some("a".to_owned());
    whole.put_provider(&changed).unwrap();
    assert_eq!(whole.read().provider("local"), Some(&changed));

    let problems =
        problems("ca_file = \"company.pem\"\nproxy = 1\n[providers.a]\nservice_tier = \"fast\"\n");
    assert_eq!(
        problems,
        [
            "Line 1: `ca_file` is no path from the root; only the certificates that this computer \
             trusts are used.",
            "Line 2: `proxy` is no text in quotes; the proxy of this computer is used.",
            "Line 4: `service_tier` is none of auto, default, flex and priority; no tier is asked \
             for.",
        ]
    );
}

#[test]
fn a_key_in_the_file_is_refused_and_never_repeated() {
    let key = "sk-very-secret-0123456789abcdef";
    for text in [
        format!("[providers.openai]\nkey = \"{key}\"\n"),
        format!("[providers.openai]\n{key} = 1\n"),
        format!("{key} = 1\n"),
    ] {
        let problems = problems(&text);
        assert_eq!(problems.len(), 1, "{text}");
        assert!(!problems[0].contains("very-secret"), "{problems:?}");
    }
    let (_folder, file) = file(&format!("[providers.openai]\nkey = \"{key}\"\n"));
    assert!(!file.read().provider("openai").unwrap().key_saved);
}

#[test]
fn a_file_broken_by_hand_is_kept_in_a_copy_before_the_first_write() {
    let broken = "provider = \"openai\n# my own words\n";
    let (_folder, file) = file(broken);
    let aside = file.choose("openai").unwrap().expect("it is kept");
    assert_eq!(std::fs::read_to_string(&aside).unwrap(), broken);
    assert_eq!(file.read().provider.as_deref(), Some("openai"));
    assert_eq!(file.choose("environment").unwrap(), None, "now it is whole");

    // A second accident does not cover the first.
    std::fs::write(file.path(), "again = [").unwrap();
    let second = file.choose("openai").unwrap().expect("it is kept");
    assert_ne!(aside, second);
    assert_eq!(std::fs::read_to_string(&second).unwrap(), "again = [");
    assert_eq!(std::fs::read_to_string(&aside).unwrap(), broken);
}

#[test]
fn one_wrong_value_is_kept_in_a_copy_and_the_rest_stays_in_place() {
    let before = "# mine\n[providers.local]\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = 7\n";
    let (_folder, file) = file(before);
    let mut provider = file.read().providers[0].clone();
    provider.model = Some("a".to_owned());
    let aside = file.put_provider(&provider).unwrap().expect("it is kept");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), before);
    assert_eq!(text(&file), before.replace("= 7", "= \"a\""));
}

#[test]
fn what_is_no_settings_file_is_neither_used_nor_replaced() {
    for bytes in [&b"\xff\xfe\x00"[..], &vec![b'#'; 2 << 20]] {
        let (_folder, file) = file("x");
        std::fs::write(file.path(), bytes).unwrap();
        let problems = file.read().problems;
        assert!(
            problems[0]
                .to_string()
                .starts_with("The file cannot be read ("),
            "{problems:?}"
        );
        let refused = file.choose("openai").unwrap_err().to_string();
        assert!(refused.ends_with("Nothing was changed."), "{refused}");
        assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    }
    let (_folder, file) = file("");
    std::fs::create_dir(file.path()).unwrap();
    assert!(file.read().problems[0].what.contains("it is no file"));
    assert!(file.choose("openai").is_err());
}

#[test]
fn a_linked_file_is_written_where_the_link_leads() {
    let (folder, file) = file("");
    let real = folder.path().join("dotfiles.toml");
    std::fs::write(&real, "# in my own repository\n").unwrap();
    std::os::unix::fs::symlink(&real, file.path()).unwrap();
    file.choose("openai").unwrap();
    assert!(file.path().symlink_metadata().unwrap().is_symlink());
    let text = std::fs::read_to_string(&real).unwrap();
    assert!(text.starts_with("# in my own repository\n"), "{text}");
    assert_eq!(file.read().provider.as_deref(), Some("openai"));
}

#[test]
fn a_folder_that_cannot_be_written_says_so_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "a file").unwrap();
    let file = SettingsFile::new(blocked.join("settings.toml"));
    let error = file.choose("openai").unwrap_err().to_string();
    assert!(error.contains("blocked"), "{error}");
    assert_eq!(std::fs::read_to_string(&blocked).unwrap(), "a file");
}

#[test]
fn what_is_said_of_models_is_read_and_what_is_not_understood_is_named_by_line() {
    let text = "[models.\"qwen3-coder\"]\nlike = \"gpt-5.1\"\nwindow = 262_144\n\
                price = { input = 0.22, output = \"much\" }\n\n[models.other]\ncolour = 1\n";
    let (_folder, file) = file(text);
    let read = file.read();
    let model = crate::model::Model::of("qwen3-coder-30b", &read.models);
    assert_eq!(model.traits.window, 262_144);
    assert!(model.is_known());
    let problems: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with("Line 4: `price` is not a table"),
        "{problems:?}"
    );
    assert!(problems[1].starts_with("Line 7: `colour`"), "{problems:?}");
}

#[test]
fn a_change_of_a_model_leaves_comments_and_what_else_is_said_of_it() {
    let before = "# mine\nprovider = \"openai\"\n\n[models.local] # on my desk\nlike = \"gpt-5\"\n\
                  window = 8_000 # small\n";
    let (_folder, file) = file(before);
    let price = Price {
        input: 220_000,
        cached: 22_500,
        output: 1_000_000,
    };
    let change = ModelChange {
        window: Some(64_000),
        efforts: Some(vec![Effort::Low]),
        patch: Some(PatchTool::Function),
        vision: Some(false),
        price: Some(Some(price)),
    };
    file.put_model("local", &change).unwrap();
    let written = text(&file);
    for part in [
        "# mine",
        "# on my desk",
        "window = 64000 # small",
        "like = \"gpt-5\"",
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
    let read = file.read();
    assert_eq!(read.problems, []);
    let traits = crate::model::Model::of("local", &read.models).traits;
    assert_eq!(
        (traits.window, traits.vision, traits.price),
        (64_000, false, Some(price))
    );
    assert_eq!(traits.efforts, [Effort::Low]);
    assert_eq!(traits.patch, PatchTool::Function);

    file.put_model(
        "local",
        &ModelChange {
            price: Some(None),
            ..ModelChange::default()
        },
    )
    .unwrap();
    assert_eq!(file.read().models[0].traits.price, None);
    file.put_model("never", &ModelChange::default()).unwrap();
    assert!(!text(&file).contains("never"));
    file.forget_model("local").unwrap();
    assert_eq!(file.read().models, []);
    assert!(text(&file).starts_with("# mine\nprovider"));
}

#[test]
fn the_automatic_choice_is_read_written_and_named_where_it_is_wrong() {
    let said =
        "# mine\n[providers.openai]\nmodel = \"gpt-5.1\" # the large one\nautomatic = true\n";
    let (_folder, file) = file(said);
    let read = file.read();
    let openai = read.provider("openai").unwrap().clone();
    assert!(openai.automatic && read.problems.is_empty(), "{read:?}");
    assert_eq!(openai.model.as_deref(), Some("gpt-5.1"));
    let off = ProviderSettings {
        automatic: false,
        ..openai.clone()
    };
    file.put_provider(&off).unwrap();
    assert_eq!(text(&file), said.replace("automatic = true\n", ""));
    file.put_provider(&openai).unwrap();
    assert_eq!(text(&file), said, "comments stay");
    assert_eq!(
        problems("[providers.openai]\nautomatic = \"sometimes\"\n"),
        ["Line 2: `automatic` is neither true nor false; the model answers whatever is asked."]
    );
}

#[test]
fn the_word_of_the_command_line_is_no_name_of_a_model() {
    let (_folder, file) = file("[providers.openai]\nmodel = \"auto\"\n");
    let openai = file.read().provider("openai").unwrap().clone();
    assert_eq!((openai.model, openai.automatic), (None, true));
}
