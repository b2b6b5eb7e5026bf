//! `pn completions`: the script that teaches a shell to complete `pn`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn completions bash > ~/.local/share/bash-completion/completions/pn
  pn completions zsh > ~/.zfunc/_pn
  pn completions fish > ~/.config/fish/completions/pn.fish")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let mut command = crate::arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "pn", &mut script);
    terminal.text(String::from_utf8_lossy(&script));
    Ok(Exit::Success)
}
