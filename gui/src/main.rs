//! The program `pn-gui`: a window around the editor. `pn edit` starts it.

use eframe::egui::{Context, Ui, ViewportBuilder, ViewportCommand};
use pn_gui::{Editor, Settings, theme};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
Design a net or a deployment, step through it, verify it

usage: pn-gui [FILE…]
";

// A program speaks to whoever started it.
#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        Some("--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-V") => {
            println!("pn-gui {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some(option) if option.starts_with('-') => {
            eprint!("pn-gui: there is no option `{option}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
        _ => {}
    }
    let files: Vec<PathBuf> = arguments.into_iter().map(PathBuf::from).collect();
    let viewport = ViewportBuilder::default()
        .with_title("pn")
        .with_app_id("pn-gui")
        .with_inner_size([1280.0, 840.0])
        .with_min_inner_size([720.0, 480.0]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let settings = Settings {
        state: state_home().map(|state| state.join("pn/editor")),
        folder: std::env::current_dir().unwrap_or_default(),
        runs: runs_folder(),
        program: command_line(),
    };
    let window = eframe::run_native(
        "pn",
        options,
        Box::new(move |context| {
            theme::dress(&context.egui_ctx);
            Ok(Box::new(Window { editor: Editor::new(settings, &files), title: String::new() }))
        }),
    );
    match window {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pn-gui: there is no window: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where the journals of runs are kept, as the command line knows it.
fn runs_folder() -> Option<PathBuf> {
    let given = std::env::var_os("PN_RUNS").map(PathBuf::from);
    given.or_else(|| Some(state_home()?.join("pn/runs")))
}

/// The program `pn`: beside this one, or on the `PATH`.
fn command_line() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.to_owned()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join("pn")).find(|program| program.is_file())
}

/// Where programs keep their state, by the rules of the XDG base directories.
fn state_home() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    state.or_else(home)
}

struct Window {
    editor: Editor,
    title: String,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.editor.ui(ui);
        self.name(ui.ctx());
        let wants_to_close = ui.input(|input| input.viewport().close_requested());
        if wants_to_close && !self.editor.wants_to_close() {
            ui.ctx().send_viewport_cmd(ViewportCommand::CancelClose);
        } else if self.editor.has_quit() && !wants_to_close {
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
    }
}

impl Window {
    /// The window is called like the file.
    fn name(&mut self, context: &Context) {
        let tab = self.editor.tab();
        let mark = if tab.is_dirty() { "• " } else { "" };
        let title = format!("{mark}{} - pn", tab.title());
        if title != self.title {
            context.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}
