//! Run directories that somebody else has written: `run --resume` goes on with them or says why not, and `verify` looks through them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use spikemesh::doors;
use spikemesh::model::file;
use spikemesh::tensor::npy;

use crate::errors::show_report;
use crate::program::small_model;
use crate::seal;

/// A run that hit its limit behind its first frame.
struct CutOff {
    model: Vec<u8>,
    input: Vec<u8>,
    max_cycles: u64,
    info: Vec<u8>,
    journal: Vec<u8>,
}

/// Bytes of a journal before its records.
const HEADER: usize = 48;

static CUT_OFF: LazyLock<CutOff> = LazyLock::new(|| {
    let model = file::encode(&small_model()).expect("it is small");
    // The second frame has events, and takes longer than the first.
    let values: Vec<u8> = (0..18).map(|value| if value < 9 { 0 } else { 15 }).collect();
    let input = npy::to_bytes(&[2, 3, 3, 1], &values).expect("it is small");
    let cut_off = |max_cycles: u64| {
        let mut run = CutOff {
            model: model.clone(),
            input: input.clone(),
            max_cycles,
            info: Vec::new(),
            journal: Vec::new(),
        };
        let place = Place::new(&run);
        doors::command(&place.arguments("-o", &run));
        let read = |name: &str| std::fs::read(place.run().join(name)).ok();
        run.info = read("run.json")?;
        run.journal = read("frames.journal").filter(|journal| journal.len() > HEADER)?;
        Some(run)
    };
    (1..200).find_map(|tens| cut_off(10 * tens)).expect("there is a limit between the two frames")
});

/// A folder with a model, an input, a run directory, and a file that is none of anybody's business.
struct Place(tempfile::TempDir);

const CANARY: &[u8] = b"it stays as it is";

impl Place {
    fn new(run: &CutOff) -> Place {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let place = Place(folder.expect("there is room for a folder"));
        std::fs::create_dir(place.run()).expect("the folder is new");
        for (name, bytes) in [("model.fb", &run.model[..]), ("input.npy", &run.input), ("canary", CANARY)] {
            place.write(name, bytes);
        }
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self) -> PathBuf {
        self.at("run")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.at(name), bytes).expect("the folder is ours");
    }

    /// `output` is `-o` or `--resume`.
    fn arguments(&self, output: &str, run: &CutOff) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            ["spikemesh", "run", "-d", "two-nodes", "--max-cycles"].map(Into::into).into();
        arguments.push(run.max_cycles.to_string().into());
        arguments.extend([
            self.at("model.fb").into(),
            "-i".into(),
            self.at("input.npy").into(),
            "--order".into(),
            "images".into(),
            output.into(),
        ]);
        arguments.push(self.run().into());
        arguments
    }

    /// Nothing beside the run directory has changed.
    fn check(&self, run: &CutOff) {
        let mut names: Vec<OsString> = std::fs::read_dir(self.0.path())
            .expect("it is there")
            .map(|entry| entry.expect("it is there").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["canary", "input.npy", "model.fb", "run"], "files beside the run directory");
        for (name, bytes) in [("model.fb", &run.model[..]), ("input.npy", &run.input), ("canary", CANARY)] {
            assert!(std::fs::read(self.at(name)).ok().as_deref() == Some(bytes), "{name} has changed");
        }
    }
}

/// A letter, then: `i` a `run.json` whose hash is made right, `I` one as it is, `r` records of a journal behind right checksums, `J` a journal.
pub fn run(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    let run = &*CUT_OFF;
    let place = Place::new(run);
    let (info, journal) = match kind {
        b'i' => (seal::run_info(data), run.journal.clone()),
        b'I' => (data.to_vec(), run.journal.clone()),
        b'r' => (run.info.clone(), seal::journal(&run.journal[..HEADER], data)),
        _ => (run.info.clone(), data.to_vec()),
    };
    place.write("run/run.json", &info);
    place.write("run/frames.journal", &journal);
    if let Some(written) = std::str::from_utf8(&info).ok().and_then(|text| doors::run_info(text).ok()) {
        assert_eq!(
            doors::run_info(&written).as_deref(),
            Ok(written.as_str()),
            "run.json has changed on its way"
        );
    }
    verify(&place);
    let resume = doors::command(&place.arguments("--resume", run));
    resume.iter().for_each(show_report);
    let errors = verify(&place);
    let is_ended = |code: String| code == "run::limit" || code == "run::mismatch";
    let ended = resume.iter().all(|error| error.code().is_some_and(|code| is_ended(code.to_string())));
    assert!(errors == 0 || !ended, "{errors} files of a run that has ended are not what it wrote");
    place.check(run);
}

/// The number of things that are wrong with the run directory.
fn verify(place: &Place) -> usize {
    let errors = doors::command(&["spikemesh".into(), "verify".into(), place.run().into()]);
    errors.iter().for_each(show_report);
    errors.len()
}

/// First inputs, by name.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let run = &*CUT_OFF;
    let mut records = vec![b'r'];
    let mut rest = &run.journal[HEADER..];
    while let Some((length, body)) = rest.split_first_chunk::<4>() {
        let (body, after) = body[4..].split_at(u32::from_le_bytes(*length) as usize);
        records.extend((body.len() as u16).to_le_bytes());
        records.extend(body);
        rest = after;
    }
    let mut info: serde_json::Value = serde_json::from_slice(&run.info).expect("it was written");
    // Nothing of this host.
    for (name, value) in [
        ("host_folder", "here".into()),
        ("host_command", serde_json::json!(["run", "m.fb", "-i", "i.npy"])),
        ("host_seconds", 0.25.into()),
    ] {
        info[name] = value;
    }
    let info = seal::run_info((serde_json::to_string_pretty(&info).expect("it is JSON") + "\n").as_bytes());
    let with = |kind: &[u8], bytes: &[u8]| [kind, bytes].concat();
    vec![
        ("sealed-info", with(b"i", &info)),
        ("info", with(b"I", &info)),
        ("records", records),
        ("journal", with(b"J", &run.journal)),
    ]
}
