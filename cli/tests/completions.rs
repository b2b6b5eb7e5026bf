//! `pn completions`, the help and the version.

mod pn;

use expect_test::expect;
use pn::Bench;

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish"] {
        let said = Bench::new().pn(&["completions", shell]);
        assert!(said.contains("verify") && !said.contains("exit"), "{shell}");
    }
}

#[test]
fn a_misspelt_verb_is_corrected() {
    expect![[r#"
        ! error: unrecognized subcommand 'verfiy'
        !
        !   tip: a similar subcommand exists: 'verify'
        !
        ! Usage: pn <COMMAND>
        !
        ! For more information, try '--help'.
        exit 2
    "#]]
    .assert_eq(&Bench::new().pn(&["verfiy", "x"]));
}

#[test]
fn help_gives_a_tour() {
    expect![[r#"
        Verify, simulate and run deployments drawn as Petri nets.

        Draw a deployment as a Petri net in PNML, `pn verify` it, and `pn run` it: what is verified is what
        runs. Or give any place/transition net to `pn verify`, `pn simulate` and `pn info`.

        Usage: pn <COMMAND>

        Commands:
          verify       Prove what a deployment promises, or show the shortest run that breaks it
          plan         Say what a run would do, without doing anything
          run          Verify a deployment and run it
          resume       Go on with a run that was killed or stopped
          rollback     Take back what a run did
          runs         List the runs, show what happened in one, or write it for other programs
          log          Show everything that a run recorded: firings, notes, what commands wrote
          why          Say what a transition waits for: which places are short, and who could fill them
          drift        Say what is no longer as a run left it, or as a deployment wants it
          blast        Say what follows if an action fails for good, or a host is lost
          approve      Approve a transition that a run waits for
          check        Check a certificate, or replay a recorded run, independently of what made it
          info         Describe a net or a deployment: its size, its marking, what its transitions stand for
          expand       Write out what every action stands for: the net that is verified and run
          edit         Open nets in the editor: draw, step through, verify
          convert      Write a net as a picture: SVG, PDF, TikZ for LaTeX, or for Graphviz
          graph        Draw the reachability graph of a small net: every marking and what leads from one to
                       the next
          structure    Tell what the structure of a net says: invariants, bounds, siphons, traps, classes,
                       components
          simulate     Fire randomly chosen transitions, or step through a recorded run
          mcc          Answer an examination of the Model Checking Contest
          completions  Print a completion script for a shell

        Options:
          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version

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

        Every verb has examples: pn verify --help
    "#]]
    .assert_eq(&Bench::new().pn(&["--help"]));
}
