//! The command line.

use crate::commands::Verb;
use clap::Parser;
use clap::builder::Styles;
use clap::builder::styling::AnsiColor;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const TOUR: &str = "\
Examples:
  pn verify deploy.pnml                              does it keep its promises?
  pn verify net.pnml -p 'always tokens(a) <= 1'      does this hold?
  pn plan deploy.pnml                                what would it do?
  pn run deploy.pnml --set release=1.5               verify, then run
  pn resume last                                     go on after a crash or Ctrl-C
  pn rollback last                                   take back what it did
  pn runs show last                                  what happened?
  pn why last web2.install                           what does it wait for?
  pn drift last                                      what differs from what it left?
  pn blast last web2.install                         what if that fails?
  pn approve last go-live                            let it go on
  pn check deploy.pnml deploy.cert                   check what another machine proved
  pn simulate deploy.pnml --seed 42                  what could happen?

Exit status: 0 all is well · 1 something fails · 2 bad usage or input · 3 undecided or stopped

Every verb has examples: pn verify --help";

/// Verify, simulate and run deployments drawn as Petri nets.
///
/// Draw a deployment as a Petri net in PNML, `pn verify` it, and `pn run` it: what is verified is
/// what runs. Or give any place/transition net to `pn verify`, `pn simulate` and `pn info`.
#[derive(Parser)]
#[command(name = "pn", version, styles = STYLES, after_help = TOUR, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
