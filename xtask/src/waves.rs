//! `cargo xtask waves`, `cargo xtask wave-slices`, `cargo xtask wave-pictures`.

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

/// Template, device, mode, frames of a batch. `two-nodes` has eight NPs, so programs take several passes there.
const CASES: [&str; 6] = [
    "tests/models/an.5-224.yaml akd1500 minimal 1",
    "tests/models/an.5-224.yaml akd1500 all-nps 1",
    "tests/models/an.5-224.yaml akd1500 hw-pr 1",
    "tests/models/an.25-160.yaml akd1500 minimal 4",
    "tests/models/an.25-160.yaml akd1000 all-nps 2",
    "tests/models/mnist-separable.yaml two-nodes minimal 2",
];

/// Runs the tests of waves with large networks: every documented equality, and the same content in every format.
pub fn large(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".to_owned());
    }
    for case in CASES {
        eprintln!("{case}");
        let mut command = Command::new(cargo());
        command.args(["test", "--package", "spikemesh", "--test", "suite", "--", "--nocapture", "--exact"]);
        command.args([
            "waves::laws::waves_hold_every_documented_equality",
            "waves::formats::all_formats_say_the_same",
        ]);
        run_cargo(command.env("SPIKEMESH_WAVES", case))?;
    }
    Ok(())
}

/// Runs the test of parts of waves with the number given.
pub fn slices(arguments: &[String]) -> Result<(), String> {
    let count = arguments.first().map_or(COUNT, String::as_str);
    count.parse::<u32>().map_err(|_| format!("{count} is no number of choices"))?;
    let mut command = Command::new(cargo());
    let test = ["test", "--package", "spikemesh", "--test", "suite", "waves::slices", "--", "--nocapture"];
    run_cargo(command.args(test).env("SPIKEMESH_WAVE_SLICES", count))
}

/// Draws the pictures of the guide: GTKWave on a screen of its own, which takes Xvfb, GTKWave and ImageMagick.
pub fn pictures(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("there are no arguments".to_owned());
    }
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
