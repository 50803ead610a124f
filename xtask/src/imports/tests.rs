//! Planted circles are found, and nothing else is.

use std::path::Path;

use super::circles::circles;
use super::resolve::edges;
use super::tree::Tree;

/// The circles of a crate `app` with these files; `lib.rs` is its root. A file `other.rs` is a crate of its own.
fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let read = |path: &Path| {
        files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
    };
    let mut tree = Tree::default();
    tree.add(Path::new("lib.rs"), Some("app"), &read).unwrap();
    if files.iter().any(|(name, _)| *name == "other.rs") {
        tree.add(Path::new("other.rs"), Some("other"), &read).unwrap();
    }
    let circles = circles(&edges(&tree));
    circles.iter().map(|files| files.iter().map(|file| file.display().to_string()).collect()).collect()
}

const AB: (&str, &str) = ("lib.rs", "mod a; mod b;");
const CIRCLE: [[&str; 2]; 1] = [["a.rs", "b.rs"]];
const NONE: [[&str; 2]; 0] = [];

#[test]
fn a_planted_circle() {
    let files = [
        AB,
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f() { crate::a::A; }"),
    ];
    assert_eq!(found(&files), CIRCLE);
    let grouped = "use super::{b::{self, C}, b::B as D}; pub struct A(D);";
    assert_eq!(
        found(&[AB, ("a.rs", grouped), ("b.rs", "pub struct B; pub struct C; fn f(a: super::a::A) {}")]),
        CIRCLE
    );
}

#[test]
fn a_circle_through_pub_use() {
    // `A` seems to be of lib.rs, and is defined in a.rs.
    let root = ("lib.rs", "mod a; mod b; pub use a::A;");
    let files =
        [root, ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "use crate::A; pub struct B;")];
    assert_eq!(found(&files), CIRCLE);
    // A chain of them, renamed on the way, through another crate.
    let files = [
        ("lib.rs", "mod a; mod b; mod c; pub use c::Second as Third;"),
        ("c.rs", "pub(crate) use crate::a::A as Second;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "use other::Fourth; pub struct B;"),
        ("other.rs", "pub use app::Third as Fourth;"),
    ];
    assert_eq!(found(&files), CIRCLE);
}

#[test]
fn a_circle_through_a_glob() {
    let files = [
        AB,
        ("a.rs", "use crate::b::*; pub struct A(B);"),
        ("b.rs", "use crate::a::*; pub struct B; type T = A;"),
    ];
    assert_eq!(found(&files), CIRCLE);
    let root = ("lib.rs", "mod a; mod b; pub use a::*; pub use b::*;");
    let files = [
        root,
        ("a.rs", "use crate::*; pub struct A(B);"),
        ("b.rs", "use crate::*; pub struct B; type T = A;"),
    ];
    assert_eq!(found(&files), CIRCLE);
}

#[test]
fn a_circle_through_macros() {
    let files = [
        AB,
        (
            "a.rs",
            "macro_rules! make { ($t:ty) => { pub struct A($t); fn f() { $crate::b::B; } } } make!(u8);",
        ),
        ("b.rs", "pub struct B; fn f() { assert!(crate::a::A(1) == 2); }"),
    ];
    assert_eq!(found(&files), CIRCLE);
    let files =
        [AB, ("a.rs", "macro_rules! m { () => {} } use crate::b::B;"), ("b.rs", "pub struct B; m!();")];
    assert_eq!(found(&files), CIRCLE);
}

#[test]
fn a_circle_of_modules_that_a_macro_declares() {
    let root = ("lib.rs", "macro_rules! all { ($($m:ident),*) => { $(mod $m;)* } } all! { a, b }");
    let files =
        [root, ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "use crate::a::A; pub struct B;")];
    assert_eq!(found(&files), CIRCLE);
}

#[test]
fn a_parent_whose_items_its_child_uses() {
    let files =
        [("lib.rs", "mod a; pub struct L; fn f() { a::g(); }"), ("a.rs", "use super::L; pub fn g() {}")];
    assert_eq!(found(&files), [["a.rs", "lib.rs"]]);
}

#[test]
fn modules_and_re_exports_alone_are_no_imports() {
    let files = [("lib.rs", "mod a; pub use a::g; pub struct L;"), ("a.rs", "use super::L; pub fn g() {}")];
    assert_eq!(found(&files), NONE);
    // One way only, with names in it that others have as well.
    let files =
        [AB, ("a.rs", "use crate::b; pub fn a() { b::b(); }"), ("b.rs", "pub fn b() { let a = 1; a; }")];
    assert_eq!(found(&files), NONE);
    // A module and a function of one name.
    let root = ("lib.rs", "mod a; mod b; pub use b::b;");
    let files = [root, ("a.rs", "use crate::b; fn f() { b(); }"), ("b.rs", "pub fn b() {}")];
    assert_eq!(found(&files), NONE);
    let root = ("lib.rs", "mod a; mod b; fn b() { a::a(); }");
    assert_eq!(
        found(&[root, ("a.rs", "use super::b; pub fn a() { b::c(); }"), ("b.rs", "pub fn c() {}")]),
        NONE
    );
    assert_eq!(
        found(&[root, ("a.rs", "use super::b; pub fn a() { b(); }"), ("b.rs", "")]),
        [["a.rs", "lib.rs"]]
    );
}
