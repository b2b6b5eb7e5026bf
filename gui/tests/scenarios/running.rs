//! Runs: watched while they go on, approved from the editor, replayed once they have ended.

use crate::desk::Desk;
use pn_deployment::{Faults, expand, resolve};
use pn_executor::{Approver, RunConfig, RunMode, Settings, Source};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Something to approve, and an action after it.
fn net(by: &str) -> String {
    let tool = "<toolspecific tool=\"pn\" version=\"1\">";
    format!(
        r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml">
  <net id="run" type="http://www.pnml.org/version-2009/grammar/ptnet">
    {tool}<goal>tokens(done) &gt;= 1</goal></toolspecific>
    <page id="page">
      <place id="ready"><initialMarking><text>1</text></initialMarking><graphics><position x="0" y="0"/></graphics></place>
      <transition id="go">{tool}<approval by="{by}"/></toolspecific><graphics><position x="80" y="0"/></graphics></transition>
      <place id="allowed"><graphics><position x="160" y="0"/></graphics></place>
      <transition id="install">{tool}<action kind="noop"/></toolspecific><graphics><position x="240" y="0"/></graphics></transition>
      <place id="done"><graphics><position x="320" y="0"/></graphics></place>
      <arc id="a" source="ready" target="go"/><arc id="b" source="go" target="allowed"/>
      <arc id="c" source="allowed" target="install"/><arc id="d" source="install" target="done"/>
    </page>
  </net>
</pnml>
"#
    )
}

/// Runs it on a thread; the journal is in `folder`.
fn start(folder: PathBuf) -> JoinHandle<()> {
    let text = net(&Approver::current().user);
    let document = pn_pnml::read(text.as_bytes()).document.unwrap();
    let (annotation, transitions) = document.annotations();
    let author = resolve(document.net().unwrap(), &annotation, &transitions).unwrap();
    let config = RunConfig {
        deployment: Arc::new(expand(&author, Faults::None).deployment),
        source: Source { name: "go.pnml".into(), bytes: text.into_bytes(), ..Source::default() },
        folder,
        mode: RunMode::Once,
        settings: Settings::new(vec!["/bin/false".into()]),
    };
    std::thread::spawn(move || {
        let (_control, never_told) = crossbeam_channel::unbounded();
        pn_executor::start(config, &mut |_| {}, never_told).unwrap();
    })
}

fn wait_until(desk: &mut Desk, what: &str, is_so: impl Fn(&Desk) -> bool) {
    for _ in 0..400 {
        desk.settle();
        if is_so(desk) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited in vain: {what}; it says {:?}", desk.said());
}

fn place(desk: &Desk, name: &str) -> u64 {
    let game = desk.editor().tab().game().unwrap();
    game.marking().tokens(game.subject().net().find_place(name).unwrap())
}

#[test]
fn a_run_is_watched_approved_and_replayed_once_it_has_ended() {
    let runs = tempfile::tempdir().unwrap();
    let runner = start(runs.path().to_owned());
    let mut desk = Desk::with_runs(runs.path().to_owned());
    desk.click("Runs");
    wait_until(&mut desk, "a journal", |_| {
        pn_executor::runs(runs.path()).is_ok_and(|(runs, _)| !runs.is_empty())
    });
    desk.press("Look for runs");
    let link = desk.part("go.pnml, ");
    desk.click(&link);
    wait_until(&mut desk, "it waits for approval", |desk| desk.sees("Approve go"));
    assert_eq!((place(&desk, "ready"), place(&desk, "done")), (1, 0));
    // Why does the next step not start?
    desk.click("Transition install");
    wait_until(&mut desk, "what it waits for", |desk| desk.sees_part("go: can fire once it is approved"));
    desk.press("Approve go");
    wait_until(&mut desk, "its end", |desk| desk.sees_part(": complete"));
    runner.join().unwrap();
    assert_eq!((place(&desk, "ready"), place(&desk, "done")), (0, 1));
    assert!(desk.sees_part("ok after") || desk.sees_part("same after"));
    // It can be gone through like any trace.
    desk.key(egui::Key::Home);
    assert_eq!((place(&desk, "ready"), place(&desk, "done")), (1, 0));
    desk.key(egui::Key::End);
    assert_eq!(place(&desk, "done"), 1);
}

#[test]
fn without_the_command_line_it_is_said_that_nothing_can_be_run() {
    let mut desk = Desk::with("rollout");
    desk.click("Runs");
    assert!(desk.sees_part("The program `pn` is neither beside the editor nor on the PATH."));
    assert!(!desk.editor().can(pn_gui::command::Command::RunFile));
}

#[test]
fn the_saved_file_is_run_by_the_command_line_and_what_it_says_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (file, program) = (folder.path().join("go.pnml"), folder.path().join("pn"));
    std::fs::write(&file, net("operators")).unwrap();
    pn_testkit::program(&program, "#!/bin/sh\necho told: \"$@\"\nexit 1\n");
    let mut desk = Desk::with_program(folder, file.clone(), program);
    desk.click("Runs");
    desk.activate("Add place");
    assert!(desk.sees("Save the net first: the file is what runs."));
    desk.control(egui::Key::S);
    desk.press("Run this file");
    let told = format!("told: run {} --runs-dir {}/runs", file.display(), desk.folder.path().display());
    wait_until(&mut desk, "what it says", |desk| desk.sees(&told) && desk.sees("exit status: 1"));
}
