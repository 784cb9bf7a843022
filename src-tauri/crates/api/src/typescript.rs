//! Writes `ui/src/host/generated.ts` from the table and the types, and notices when it is stale.

use std::fmt::Write as _;
use std::path::PathBuf;

use ts_rs::Config;
use ts_rs::TS;
use ts_rs::TypeVisitor;

use crate::failure::Failure;
use crate::table::command_table;
use crate::types::*;

#[test]
fn generated_typescript_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/host/generated.ts");
    let fresh = typescript();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    // In which order a derive names what a type needs differs from build to build.
    let declarations = |text: &str| {
        let mut blocks: Vec<String> = text.split("\n\n").map(|b| b.trim().to_owned()).collect();
        blocks.sort();
        blocks
    };
    assert!(
        declarations(&kept) == declarations(&fresh),
        "ui/src/host/generated.ts is stale; run `UPDATE=1 cargo test -p api` and commit it"
    );
}

/// Collects declarations, each once, in the order they are first met.
struct Declarations {
    config: Config,
    seen: Vec<String>,
    text: String,
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(&self.config);
        let own = T::output_path().is_some();
        if self.seen.contains(&name) && own {
            return;
        }
        if own {
            self.seen.push(name);
        }
        struct Visit<'a>(&'a mut Declarations);
        impl TypeVisitor for Visit<'_> {
            fn visit<T: TS + 'static + ?Sized>(&mut self) {
                if T::output_path().is_some() {
                    self.0.add::<T>();
                }
            }
        }
        T::visit_dependencies(&mut Visit(self));
        // What a list is of.
        T::visit_generics(&mut Visit(self));
        if own {
            if let Some(docs) = T::docs() {
                self.text.push_str(docs.trim_end());
                self.text.push('\n');
            }
            let _ = writeln!(self.text, "export {}\n", T::decl(&self.config));
        }
    }
}

fn typescript() -> String {
    let mut all = Declarations {
        config: Config::new().with_large_int("number"),
        seen: Vec::new(),
        text: String::new(),
    };
    let config = Config::new().with_large_int("number");
    let mut commands =
        String::from("/** Everything the window may ask. */\nexport interface Commands {\n");
    macro_rules! write_commands {
        ($($(#[doc = $doc:literal])* $name:literal $right:ident $method:ident: $request:ty => $reply:ty,)*) => {
            $(
                all.add::<$request>();
                all.add::<$reply>();
                $(let _ = writeln!(commands, "  /** {} */", $doc.trim());)*
                let _ = writeln!(
                    commands,
                    "  {:?}: {{ request: {}; reply: {} }};",
                    $name,
                    <$request as TS>::name(&config),
                    <$reply as TS>::name(&config),
                );
            )*
        };
    }
    command_table!(write_commands);
    commands.push_str("}\n");
    all.add::<ReviewRows>();
    all.add::<RowPage>();
    all.add::<AttachmentBytes>();
    all.add::<EventBatch>();
    all.add::<Failure>();
    format!(
        "// Written from the command table and types of the api crate. Do not edit:\n\
         // run `UPDATE=1 cargo test -p api`.\n\n{}{commands}",
        all.text
    )
}
