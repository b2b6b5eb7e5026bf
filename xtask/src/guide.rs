//! `cargo xtask guide`: does what the editor's guide tells, in the real window with real mouse and
//! keys, and takes the guide's pictures on the way.
//!
//! The window stands on a screen of its own in memory (Xvfb); `xdotool` moves the pointer and
//! presses keys, `import` of ImageMagick takes the pictures. At the end `pn verify` must agree with
//! what the editor showed: the tour is a test as well. The steps are in [`tour`].

mod tour;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between any two things that are done: long enough for a frame without a graphics card.
const PAUSE: Duration = Duration::from_millis(500);
/// The size of the screen, which the window fills.
const SIZE: &str = "1280x840";

/// Takes the pictures.
pub(crate) fn run(root: &Path, options: &[&str]) -> ExitCode {
    let programs = match options {
        [] => None,
        ["--programs", folder] => Some(PathBuf::from(folder)),
        _ => {
            eprintln!("usage: cargo xtask guide [--programs FOLDER]");
            return ExitCode::from(2);
        }
    };
    match all(root, programs) {
        Ok(count) => {
            println!("{count} pictures taken");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn all(root: &Path, programs: Option<PathBuf>) -> Result<usize, String> {
    for program in ["Xvfb", "xdotool", "import", "convert"] {
        let found =
            Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(format!(
                "`{program}` is missing: apt-get install xvfb xdotool imagemagick libgl1 libgl1-mesa-dri"
            ));
        }
    }
    let programs = match programs {
        Some(folder) => folder,
        None => built(root)?,
    };
    let pictures = root.join("docs/pictures");
    std::fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    let folder = std::env::temp_dir().join("pn-guide");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let taken = toured(&programs, &folder, &pictures);
    // What is left there is of no use to anybody.
    let _ = std::fs::remove_dir_all(&folder);
    taken
}

/// Builds the programs, and says where they are.
fn built(root: &Path) -> Result<PathBuf, String> {
    for package in ["pn-gui", "pn-cli"] {
        let built = crate::cargo(root).args(["build", "--release", "-p", package]).status();
        if !built.is_ok_and(|status| status.success()) {
            return Err(format!("{package} cannot be built"));
        }
    }
    Ok(root.join("target/release"))
}

fn toured(programs: &Path, folder: &Path, pictures: &Path) -> Result<usize, String> {
    let mut screen = Screen::start(programs, folder, pictures)?;
    tour::give(&mut screen)?;
    let saved = folder.join("deploy.pnml");
    let verdict = Command::new(programs.join("pn")).arg("verify").arg(&saved).output();
    let verdict = verdict.map_err(|error| format!("pn verify: {error}"))?;
    if !verdict.status.success() {
        let said = String::from_utf8_lossy(&verdict.stdout);
        return Err(format!("the net that the tour has saved is not as the guide says:\n{said}"));
    }
    Ok(screen.taken)
}

/// A screen with the editor on it. Both end when it is dropped.
pub(crate) struct Screen {
    display: String,
    server: Child,
    editor: Option<Child>,
    pictures: PathBuf,
    taken: usize,
}

impl Screen {
    fn start(programs: &Path, folder: &Path, pictures: &Path) -> Result<Self, String> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &format!("{SIZE}x24"),
                "+extension",
                "GLX",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("Xvfb does not start: {error}"))?;
        let mut number = String::new();
        let stdout = server.stdout.take().ok_or("Xvfb tells nothing")?;
        let read = BufReader::new(stdout).read_line(&mut number);
        let display = format!(":{}", number.trim());
        let mut screen = Self { display, server, editor: None, pictures: pictures.to_owned(), taken: 0 };
        read.map_err(|error| format!("Xvfb tells no number: {error}"))?;
        let editor = Command::new(programs.join("pn-gui"))
            .current_dir(folder)
            .env("DISPLAY", &screen.display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("XDG_STATE_HOME", folder.join("state"))
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .map_err(|error| format!("pn-gui does not start: {error}"))?;
        let started = Instant::now();
        screen.editor = Some(editor);
        screen.wait_for_window()?;
        println!("the window was there {} ms after the start", started.elapsed().as_millis());
        screen.settle()?;
        Ok(screen)
    }

    fn wait_for_window(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if self.window().is_some() {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        Err("the window of pn-gui does not appear".to_owned())
    }

    fn window(&self) -> Option<String> {
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--class", "pn-gui"])
            .env("DISPLAY", &self.display)
            .output();
        Some(String::from_utf8_lossy(&found.ok()?.stdout).lines().next()?.to_owned())
    }

    /// Gives the window the whole screen and the keyboard.
    fn settle(&self) -> Result<(), String> {
        let window = self.window().ok_or("the window of pn-gui is gone")?;
        self.tool(&["windowsize", &window, "1280", "840"])?;
        self.tool(&["windowmove", &window, "0", "0"])?;
        self.tool(&["windowfocus", &window])?;
        sleep(Duration::from_millis(1500));
        Ok(())
    }

    fn tool(&self, arguments: &[&str]) -> Result<(), String> {
        let status = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(format!("xdotool {} fails", arguments.join(" "))),
        }
    }

    fn pause(&self) {
        sleep(PAUSE);
    }

    /// Waits until a small net is verified.
    fn wait(&self) {
        sleep(Duration::from_secs(3));
    }

    /// Presses keys, such as `F9` or `ctrl+s`.
    fn key(&self, keys: &str) -> Result<(), String> {
        self.tool(&["key", "--clearmodifiers", keys])?;
        self.pause();
        Ok(())
    }

    /// Types a text.
    fn write(&self, text: &str) -> Result<(), String> {
        self.tool(&["type", "--delay", "25", text])?;
        self.pause();
        Ok(())
    }

    fn point_at(&self, (x, y): (i32, i32)) -> Result<(), String> {
        self.tool(&["mousemove", &x.to_string(), &y.to_string()])
    }

    /// Moves the pointer there and lets it rest.
    fn rest_at(&self, at: (i32, i32)) -> Result<(), String> {
        self.point_at(at)?;
        self.pause();
        Ok(())
    }

    /// Clicks.
    fn click(&self, at: (i32, i32)) -> Result<(), String> {
        self.point_at(at)?;
        self.pause();
        self.tool(&["click", "1"])?;
        self.pause();
        Ok(())
    }

    /// Drags, slowly enough to be seen.
    fn drag(&self, from: (i32, i32), to: (i32, i32)) -> Result<(), String> {
        self.point_at(from)?;
        self.pause();
        self.tool(&["mousedown", "1"])?;
        for part in 1..=10 {
            self.point_at((from.0 + (to.0 - from.0) * part / 10, from.1 + (to.1 - from.1) * part / 10))?;
            sleep(Duration::from_millis(40));
        }
        self.pause();
        self.tool(&["mouseup", "1"])?;
        self.pause();
        Ok(())
    }

    /// Takes a picture, in few colours: it is kept in the repository.
    fn picture(&mut self, name: &str) -> Result<(), String> {
        self.pause();
        self.pause();
        let target = self.pictures.join(format!("{name}.png"));
        let taken = Command::new("sh")
            .args(["-c", "import -window root png:- | convert png:- -strip +dither -colors 96 -define png:compression-level=9 png8:\"$0\""])
            .arg(&target)
            .env("DISPLAY", &self.display)
            .status();
        if !taken.is_ok_and(|status| status.success()) {
            return Err(format!("{}: the picture cannot be taken", target.display()));
        }
        self.taken += 1;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // They may have ended by themselves.
        if let Some(editor) = &mut self.editor {
            let _ = editor.kill();
            let _ = editor.wait();
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
