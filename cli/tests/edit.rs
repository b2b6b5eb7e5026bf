//! `pn edit`: where it looks for the editor, and what it says where there is none.

mod pn;

use expect_test::expect;
use pn::Bench;
use std::path::Path;
use std::process::Command;

/// A copy of `pn` in a folder where no editor lies beside it.
fn alone(bench: &Bench) -> Command {
    let copy = bench.file("pn");
    pn_testkit::copy_of_program(Path::new(env!("CARGO_BIN_EXE_pn")), &copy);
    let mut command = Command::new(copy);
    command.current_dir(bench.path()).env("PATH", "");
    command
}

/// An editor that says which files it is given.
fn editor(folder: &Path) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    pn_testkit::program(&folder.join("pn-gui"), "#!/bin/sh\necho \"$@\"\n");
}

#[test]
fn without_an_editor_it_says_what_to_build() {
    let bench = Bench::new();
    let output = alone(&bench).args(["edit", "a.pnml"]).output().expect("pn starts");
    assert_eq!(output.status.code(), Some(2));
    expect![[r#"
        error: the editor is not there: no `pn-gui` beside this program or on the PATH
        hint: build it with `cargo build --release -p pn-gui`, or copy it beside `pn`
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).expect("pn writes UTF-8"));
}

#[test]
fn the_editor_beside_it_gets_the_files() {
    let bench = Bench::new();
    editor(bench.path());
    let output = alone(&bench).args(["edit", "a.pnml", "b c.pnml"]).output().expect("pn starts");
    assert_eq!(String::from_utf8(output.stdout).expect("text"), "a.pnml b c.pnml\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_editor_on_the_path_will_do_and_gets_odd_names_as_files() {
    let bench = Bench::new();
    let tools = bench.file("tools");
    editor(&tools);
    let mut command = alone(&bench);
    command.env("PATH", &tools).args(["edit", "--", "--help"]);
    let output = command.output().expect("pn starts");
    assert_eq!(String::from_utf8(output.stdout).expect("text"), "./--help\n");
}
