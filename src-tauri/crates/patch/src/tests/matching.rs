//! Where hunks land.

use super::{check, refused};
use crate::ApplyError;

const PYTHON: &str = "\
class A:
    def run(self):
        return 1

class B:
    def run(self):
        return 1
";

#[test]
fn stacked_contexts_lead_to_the_right_method() {
    let expect = PYTHON
        .replacen("return 1", "return X", 2)
        .replacen("return X", "return 1", 1)
        .replace("return X", "return 2");
    check(
        PYTHON,
        "@@ class B:\n@@     def run(self):\n-        return 1\n+        return 2",
        &expect,
    );
    check(
        PYTHON,
        "@@ class B:\n@@ def run(self):\n-return 1\n+        return 2",
        &expect,
    );
    check(
        PYTHON,
        "@@\n@@ class B:\n\n@@ def run(self):\n-        return 1\n+        return 2",
        &expect,
    );
}

#[test]
fn an_outer_context_may_be_repeated_for_the_next_hunk() {
    check(
        "class A:\n  def a():\n    1\n  def b():\n    2\n",
        "@@ class A:\n@@   def a():\n-    1\n+    one\n@@ class A:\n@@   def b():\n-    2\n+    two",
        "class A:\n  def a():\n    one\n  def b():\n    two\n",
    );
}

#[test]
fn new_lines_go_below_their_context() {
    check("a\nb\nc\n", "@@ b\n+x\n+y", "a\nb\nx\ny\nc\n");
    check("a\nb\nc\n", "@@ a\n+1\n@@ c\n+3\n\n", "a\n1\nb\nc\n3\n");
    check("a\nb", "@@ b\n+c", "a\nb\nc\n");
}

#[test]
fn a_hunk_may_begin_with_its_context_line() {
    check("a\nf()\nold\n", "@@ f()\n f()\n-old\n+new", "a\nf()\nnew\n");
}

#[test]
fn decorated_contexts() {
    check("x\nfn f\nx\n", "@@ fn f @@\n-x\n+y", "x\nfn f\ny\n");
    check(
        "x\nfn f\nx\n",
        "@@ -1,2 +1,2 @@ anything\n-x\n+y",
        "y\nfn f\nx\n",
    );
    check("a @@\nx\n", "@@ a @@\n-x\n+y", "a @@\ny\n");
}

#[test]
fn empty_lines_are_context() {
    check("a\n\nb\na\n\nc\n", "@@\n-a\n\n c", "a\n\nb\n\nc\n");
    check("x\ny\n", "@@\n-x\n+z\n\n@@\n-y\n+w\n\n", "z\nw\n");
}

#[test]
fn loose_matches_keep_the_lines_of_the_file() {
    check(
        "if a {\n\tone( );  \n\ttwo();\n}\n",
        "@@\n if a {\n     one( );\n-    two();\n+\tthree();\n }",
        "if a {\n\tone( );  \n\tthree();\n}\n",
    );
    check(
        "\u{201c}q\u{201d} \u{2014} x\nold\n",
        "@@\n \"q\" - x\n-old\n+new",
        "\u{201c}q\u{201d} \u{2014} x\nnew\n",
    );
}

#[test]
fn the_first_match_below_the_hunk_before_wins() {
    check("x\na\nx\n", "@@\n-a\n+b\n@@\n-x\n+y", "x\nb\ny\n");
    check("x\nx\nx\n", "@@\n-x\n+1\n@@\n-x\n+2", "1\n2\nx\n");
}

#[test]
fn hunks_do_not_go_back() {
    let error = refused("a\nb\n", "@@\n-b\n+B\n@@\n-a\n+A");
    let ApplyError::LinesNotFound(what) = &error else {
        panic!("{error}")
    };
    assert_eq!((what.hunk, what.above), (2, Some(1)));
    assert!(error.hint().contains("order"), "{}", error.hint());
    let error = refused("a\nb\n", "@@\n-b\n+B\n@@ a\n+A");
    let ApplyError::ContextNotFound(what) = &error else {
        panic!("{error}")
    };
    assert_eq!(what.above, Some(1));
}

#[test]
fn replaced_lines_stay_in_the_order_of_the_patch() {
    check("a\nb\n", "@@\n-a\n-b\n+b\n+b\n+a", "b\nb\na\n");
    check(
        "a\nb\nc\n",
        "@@\n+0\n a\n+1\n-b\n+2\n c\n+3",
        "0\na\n1\n2\nc\n3\n",
    );
}

#[test]
fn an_empty_last_old_line_need_not_be_in_the_file() {
    check("a\n}\n", "@@\n }\n \n+b", "a\n}\n\nb\n");
    check("a\n}\n", "@@\n }\n\n+b\n+", "a\n}\n\nb\n");
    check("a\n}\n", "@@\n }\n-\n+b", "a\n}\nb\n");
    check("a\n}\n", "@@\n-}\n-\n+)\n+", "a\n)\n");
    check("a\n\nb\n", "@@ b\n \n+c", "a\n\nb\n\nc\n");
    check("a\nb\n", "@@\n \n+c", "a\nb\n\nc\n");
    assert!(matches!(
        refused("a\n}\n", "@@\n ]\n \n+b"),
        ApplyError::LinesNotFound(_)
    ));
}
