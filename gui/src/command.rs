//! Everything that can be done: one list for menus, the command palette, shortcuts and tests.

use egui::{Key, KeyboardShortcut, Modifiers};

/// The menu that a command stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Menu {
    /// Files.
    File,
    /// Changing the net.
    Edit,
    /// What the pointer does.
    Draw,
    /// How the net is looked at.
    View,
    /// The token game.
    Play,
    /// Verifying, simulating, analysing.
    Analyse,
    /// Running a deployment.
    Run,
    /// Help.
    Help,
}

impl Menu {
    /// All menus in order.
    pub const ALL: [Self; 8] =
        [Self::File, Self::Edit, Self::Draw, Self::View, Self::Play, Self::Analyse, Self::Run, Self::Help];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Draw => "Draw",
            Self::View => "View",
            Self::Play => "Play",
            Self::Analyse => "Analyse",
            Self::Run => "Run",
            Self::Help => "Help",
        }
    }
}

macro_rules! commands {
    ($($name:ident: $menu:ident, $title:literal, $keys:expr, $help:literal;)+) => {
        /// Something that can be done.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Command {
            $(#[doc = $help] $name,)+
        }

        impl Command {
            /// All commands, in the order of the menus.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its menu.
            #[must_use]
            pub const fn menu(self) -> Menu {
                match self {
                    $(Self::$name => Menu::$menu,)+
                }
            }

            /// Its title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)+
                }
            }

            /// What it does, in a sentence.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)+
                }
            }

            /// Its keys.
            #[must_use]
            pub const fn keys(self) -> Option<KeyboardShortcut> {
                match self {
                    $(Self::$name => $keys,)+
                }
            }
        }
    };
}

const fn ctrl(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn ctrl_shift(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers { shift: true, ..Modifiers::COMMAND }, key))
}

const fn alt(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::ALT, key))
}

const fn plain(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

commands! {
    New: File, "New", ctrl(Key::N), "Starts an empty net in a tab of its own.";
    Open: File, "Open…", ctrl(Key::O), "Opens a PNML file.";
    Save: File, "Save", ctrl(Key::S), "Writes the net to its file.";
    SaveAs: File, "Save as…", ctrl_shift(Key::S), "Writes the net to another file.";
    Reload: File, "Reload from disk", None, "Reads the file again and drops what is not saved.";
    ExportSvg: File, "Export as SVG…", None, "Writes a picture of the net, for the web and for drawing programs.";
    ExportPdf: File, "Export as PDF…", None, "Writes a picture of the net, for print.";
    ExportPng: File, "Export as PNG…", None, "Writes a picture of the page as it is seen here, in pixels.";
    ExportTikz: File, "Export as TikZ…", None, "Writes a picture of the net, for LaTeX.";
    ExportDot: File, "Export for Graphviz…", None, "Writes the net in the language of Graphviz.";
    CloseTab: File, "Close tab", ctrl(Key::W), "Closes the net; asks if it is not saved.";
    Quit: File, "Quit", ctrl(Key::Q), "Ends the editor; asks about what is not saved.";
    Undo: Edit, "Undo", ctrl(Key::Z), "Takes the last change back.";
    Redo: Edit, "Redo", ctrl_shift(Key::Z), "Makes the change again that was taken back.";
    Cut: Edit, "Cut", ctrl(Key::X), "Copies what is selected and deletes it.";
    Copy: Edit, "Copy", ctrl(Key::C), "Copies what is selected, as PNML.";
    Paste: Edit, "Paste", ctrl(Key::V), "Adds what was copied.";
    Duplicate: Edit, "Duplicate", ctrl(Key::D), "Copies what is selected beside itself.";
    Delete: Edit, "Delete", plain(Key::Delete), "Deletes what is selected, with the arcs at it.";
    DeletePage: Edit, "Delete this page", None, "Deletes the page that is shown, with everything on it.";
    SelectAll: Edit, "Select all", ctrl(Key::A), "Selects everything on the page.";
    SelectNothing: Edit, "Select nothing", plain(Key::Escape), "Selects nothing and puts the tool away.";
    EditInPlace: Edit, "Edit in place", plain(Key::F2), "Edits the name, the tokens, the weight or the note where it is drawn.";
    NudgeLeft: Edit, "Nudge left", plain(Key::ArrowLeft), "Moves what is selected to the left.";
    NudgeRight: Edit, "Nudge right", plain(Key::ArrowRight), "Moves what is selected to the right.";
    NudgeUp: Edit, "Nudge up", plain(Key::ArrowUp), "Moves what is selected up.";
    NudgeDown: Edit, "Nudge down", plain(Key::ArrowDown), "Moves what is selected down.";
    LabelLeft: Edit, "Move label left", alt(Key::ArrowLeft), "Moves the name of a node or the weight of an arc to the left.";
    LabelRight: Edit, "Move label right", alt(Key::ArrowRight), "Moves the name of a node or the weight of an arc to the right.";
    LabelUp: Edit, "Move label up", alt(Key::ArrowUp), "Moves the name of a node or the weight of an arc up.";
    LabelDown: Edit, "Move label down", alt(Key::ArrowDown), "Moves the name of a node or the weight of an arc down.";
    PutLabelBack: Edit, "Put label back", alt(Key::Backspace), "Puts names and weights back to where they stand by themselves.";
    Pin: Edit, "Pin", plain(Key::K), "Pins what is selected, so that laying out leaves it where it is; or frees it again.";
    LayOut: Edit, "Lay out", ctrl(Key::L), "Arranges what is selected, or the whole page, in layers, around what is pinned.";
    ToolSelect: Draw, "Select", plain(Key::V), "The pointer selects, moves and bends.";
    ToolPlace: Draw, "Place", plain(Key::P), "The next click adds a place; with Shift, every click does.";
    ToolTransition: Draw, "Transition", plain(Key::T), "The next click adds a transition; with Shift, every click does.";
    ToolArc: Draw, "Arc", plain(Key::A), "Dragging from node to node draws an arc.";
    ToolNote: Draw, "Note", plain(Key::N), "The next click adds a note: free text on the page.";
    NewPage: Draw, "New page", ctrl_shift(Key::N), "Adds a page inside the one that is shown.";
    MoveToPage: Draw, "Move to new page", ctrl_shift(Key::G), "Moves what is selected to a page of its own.";
    AddReference: Draw, "Add reference…", ctrl_shift(Key::R), "Draws a place or transition, maybe of another page, once more.";
    Snap: Draw, "Snap to grid", plain(Key::G), "Whether things snap to the grid.";
    Find: View, "Find…", ctrl(Key::F), "Finds nodes by name, identifier, kind, host or parameter.";
    Palette: View, "All commands…", ctrl_shift(Key::P), "Finds a command by its name.";
    OpenPage: View, "Open page", plain(Key::PageDown), "Shows what is on the selected page.";
    UpPage: View, "Up one page", plain(Key::PageUp), "Shows the page that holds this one.";
    GoToReferred: View, "Go to what it refers to", None, "Shows the node that the selected reference stands for.";
    Fit: View, "Fit", plain(Key::F), "Shows all of the net.";
    ZoomIn: View, "Zoom in", ctrl(Key::Plus), "Shows the net larger.";
    ZoomOut: View, "Zoom out", ctrl(Key::Minus), "Shows the net smaller.";
    ActualSize: View, "Actual size", ctrl(Key::Num0), "Shows the net in its own size.";
    LargerText: View, "Larger text", None, "Makes the whole interface larger.";
    SmallerText: View, "Smaller text", None, "Makes the whole interface smaller.";
    ThemeSystem: View, "Colours of the system", None, "Light or dark, as the system is.";
    ThemeLight: View, "Light", None, "Dark on light.";
    ThemeDark: View, "Dark", None, "Light on dark.";
    NextTab: View, "Next tab", Some(KeyboardShortcut::new(Modifiers::CTRL, Key::Tab)), "Shows the next net.";
    Play: Play, "Play the net as drawn", plain(Key::F5), "Starts or ends the token game. Nothing can be edited meanwhile.";
    PlayExpanded: Play, "Play the net as it runs", None, "Starts the token game on the expanded net: with checks, failures and retries of actions.";
    StepBack: Play, "Step back", plain(Key::Comma), "Takes the last firing back.";
    StepForward: Play, "Step forward", plain(Key::Period), "Goes on in the trace.";
    Restart: Play, "To the start", plain(Key::Home), "Goes to the initial marking.";
    ToEnd: Play, "To the end", plain(Key::End), "Goes to the end of the trace.";
    RandomRun: Play, "Random run", plain(Key::R), "Goes on at random from here, by the seed in the trace panel.";
    Animate: Play, "Run through the trace", plain(Key::Space), "Steps through the trace by itself, or stops.";
    ImportTrace: Play, "Import trace…", None, "Reads a firing sequence from a file.";
    ExportTrace: Play, "Export trace…", None, "Writes the firing sequence to a file.";
    Verify: Analyse, "Verify", plain(Key::F9), "Asks the questions that every deployment answers.";
    CancelVerify: Analyse, "Stop verifying", None, "Ends the verification with what is known.";
    Simulate: Analyse, "Simulate", plain(Key::F8), "Fires the net as drawn at random, many times, and plots what happens.";
    ExportCourse: Analyse, "Export simulation…", None, "Writes the tokens over time as comma-separated values.";
    ShowStructure: Analyse, "Show structure", None, "Shows invariants, cycles, siphons and traps.";
    ShowGraph: Analyse, "Show graph", None, "Draws all markings that can be reached, if they are few; a click puts the token game into one.";
    ShowProblems: Analyse, "Show problems", None, "Shows what is wrong with the net and its annotations.";
    RunFile: Run, "Run this file", None, "Verifies the file and runs it with `pn run`, and shows the run.";
    ShowRuns: Run, "Show runs", None, "Lists the runs that can be watched or replayed.";
    InterruptRun: Run, "Interrupt", None, "Nothing new starts; a second time, what runs is cancelled.";
    RollBack: Run, "Roll back", None, "Takes back what the run did, with `pn rollback`.";
    Keys: Help, "Keys", plain(Key::F1), "Shows all keys and what they do.";
    Tour: Help, "Tour", None, "Opens the example of a rollout and shows what can be done with it.";
    Words: Help, "What is what", None, "Explains places, transitions, arcs and the kinds of transitions.";
}

impl Command {
    /// Whether it changes the document, which the token game does not allow.
    #[must_use]
    pub const fn edits(self) -> bool {
        matches!(
            self,
            Self::Undo
                | Self::Redo
                | Self::Cut
                | Self::Paste
                | Self::Duplicate
                | Self::Delete
                | Self::EditInPlace
                | Self::NudgeLeft
                | Self::NudgeRight
                | Self::NudgeUp
                | Self::NudgeDown
                | Self::LabelLeft
                | Self::LabelRight
                | Self::LabelUp
                | Self::LabelDown
                | Self::PutLabelBack
                | Self::Pin
                | Self::LayOut
                | Self::Reload
                | Self::ToolPlace
                | Self::ToolTransition
                | Self::ToolArc
                | Self::ToolNote
                | Self::DeletePage
                | Self::NewPage
                | Self::MoveToPage
                | Self::AddReference
        )
    }

    /// Whether its keys are letters or signs that belong to a text field while there is one.
    #[must_use]
    pub fn is_typed(self) -> bool {
        self.keys().is_some_and(|keys| {
            !keys.modifiers.command
                && !matches!(keys.logical_key, Key::F1 | Key::F2 | Key::F5 | Key::F8 | Key::F9)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_commands_have_the_same_keys_or_title() {
        let keys: Vec<_> = Command::ALL.iter().filter_map(|command| command.keys()).collect();
        let different: HashSet<_> = keys.iter().map(|keys| format!("{keys:?}")).collect();
        assert_eq!(keys.len(), different.len());
        let titles: HashSet<_> = Command::ALL.iter().map(|command| command.title()).collect();
        assert_eq!(titles.len(), Command::ALL.len());
    }

    #[test]
    fn every_menu_has_commands() {
        let has = |menu| Command::ALL.iter().any(|command| command.menu() == menu);
        assert!(Menu::ALL.into_iter().all(has));
    }
}
