//! The sandbox under a process that cannot be traced.

use rustix::process::DumpableBehavior;
use rustix::process::Resource;
use rustix::process::dumpable_behavior;
use rustix::process::getrlimit;

use super::*;

// Each test has a process of its own, so no other is changed by this.
#[tokio::test]
async fn commands_run_confined_under_a_hardened_process() {
    crate::harden::harden().unwrap();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    assert_eq!(getrlimit(Resource::Core).current, Some(0));
    let bench = Bench::new(&[("a.txt", "one\n")]);
    let result = bench.shell("cat a.txt; echo two > a.txt").await;
    let (outcome, changed, output) = command(&result);
    assert_eq!(outcome, CommandOutcome::Exited { code: 0 }, "{output}");
    assert_eq!(changed, ["a.txt"]);
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
}
