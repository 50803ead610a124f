//! `cargo xtask wave-slices`, `cargo xtask wave-pictures`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::metadata::{cargo, run_cargo};
use crate::root::{root, target};

/// Choices that are tried unless a number is given.
const COUNT: &str = "200";
/// The screen of the pictures.
const SCREEN: &str = "1500x900x24";
const DISPLAY: &str = ":97";
/// How long a viewer may take to draw.
const DRAWING: Duration = Duration::from_secs(8);

/// Runs the test of parts of waves with the number given.
pub fn slices(arguments: &[String]) -> Result<(), String> {
    let count = arguments.first().map_or(COUNT, String::as_str);
    count.parse::<u32>().map_err(|_| format!("{count} is no number of choices"))?;
    let mut command = Command::new(cargo());
    let test = ["test", "--package", "spikemesh", "--test", "suite", "waves::slices", "--", "--nocapture"];
    run_cargo(command.args(test).env("SPIKEMESH_WAVE_SLICES", count))
}

/// Draws the pictures of the guide: GTKWave on a screen of its own, which takes Xvfb, GTKWave and ImageMagick.
pub fn pictures(_: &[String]) -> Result<(), String> {
    let root = root()?;
    let run = target(&root).join("wave-pictures");
    let mut demo = Command::new(cargo());
    demo.args(["run", "--quiet", "--release", "--", "--quiet", "demo", "--wave", "layer.fst"]);
    demo.args(["--wave-window", "layer:s2", "-o"]).arg(&run);
    run_cargo(&mut demo)?;
    let mut whole = Command::new(cargo());
    whole.args(["run", "--quiet", "--release", "--", "--quiet", "demo", "-o"]).arg(run.join("whole"));
    run_cargo(&mut whole)?;
    let mut screen = start(Command::new("Xvfb").args([DISPLAY, "-screen", "0", SCREEN]))?;
    std::thread::sleep(Duration::from_secs(2));
    let guide = root.join("docs/guide");
    let drawn = draw(&run.join("whole/waves.vcd"), &guide.join("waves.png"))
        .and_then(|()| draw(&run.join("layer.fst"), &guide.join("waves-of-a-layer.png")));
    let _ = screen.kill();
    let _ = screen.wait();
    drawn
}

/// The picture of a wave as its save file opens it.
fn draw(wave: &Path, picture: &Path) -> Result<(), String> {
    let save = format!("{}.gtkw", wave.display());
    let mut viewer = start(Command::new("gtkwave").arg(wave).arg(save).env("DISPLAY", DISPLAY))?;
    std::thread::sleep(DRAWING);
    let mut import = Command::new("import");
    import
        .args(["-window", "root", "-resize", "1200x", "+dither", "-colors", "32"])
        .arg(picture)
        .env("DISPLAY", DISPLAY);
    let drawn = import.status().map_err(|error| format!("import of ImageMagick: {error}"));
    let _ = viewer.kill();
    let _ = viewer.wait();
    if drawn?.success() { Ok(()) } else { Err(format!("{} was not drawn", picture.display())) }
}

fn start(command: &mut Command) -> Result<Child, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.map_err(|error| format!("{name}: {error}"))
}
