//! Where writing to a name leads: to a file that is replaced, to something that is written through, or to standard output.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Most symbolic links that are followed, as in the kernel.
const MAX_LINKS: usize = 40;

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A regular file or none: replaced as a whole. The name is the one behind all symbolic links.
    File(PathBuf),
    /// A device, FIFO, socket, or an open file of a process: written through, never replaced.
    Through(PathBuf),
    /// Standard output of this process.
    StandardOutput,
}

impl Target {
    /// Follows symbolic links. A link whose end does not exist is a file to be made.
    ///
    /// # Errors
    /// A folder, a circle of links, or the system's answer.
    pub(crate) fn of(path: &Path) -> Result<Target> {
        let mut path = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            match descriptor(&path) {
                Some(1) => return Ok(Target::StandardOutput),
                Some(_) => return Ok(Target::Through(path)),
                None => {}
            }
            let kind = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Target::File(path)),
                Err(error) => return Err(error),
            };
            if kind.is_symlink() {
                let to = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(to);
            } else if kind.is_dir() {
                return Err(ErrorKind::IsADirectory.into());
            } else if kind.is_file() {
                return Ok(Target::File(path));
            } else {
                return Ok(Target::Through(path));
            }
        }
        Err(Error::other("too many symbolic links"))
    }
}

/// The number of the open file of this process that a name such as `/dev/fd/1` or `/proc/self/fd/1` stands for. Behind such a name is no
/// file that could be replaced.
fn descriptor(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.parse().ok()?;
    let folder = path.parent()?;
    let own = format!("/proc/{}/fd", std::process::id());
    let folders = [Path::new("/dev/fd"), Path::new("/proc/self/fd"), Path::new(&own)];
    folders.contains(&folder).then_some(name)
}

/// True if writing to a name goes to standard output: `-`, `/dev/stdout` and what is the same.
pub fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == "-" || matches!(Target::of(path), Ok(Target::StandardOutput))
}

/// True if writing to a name would replace a file that is there, behind symbolic links. Devices and FIFOs lose nothing.
pub fn is_replaced(path: &Path) -> bool {
    matches!(Target::of(path), Ok(Target::File(target)) if target.exists())
}

/// True if two names lead to one file, by links of either kind too; false if one does not exist and the names differ.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    if a == b {
        return true;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
            return (a.dev(), a.ino()) == (b.dev(), b.ino());
        }
    }
    let place = |path: &Path| match Target::of(path) {
        Ok(Target::File(path)) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        }
        _ => None,
    };
    place(a).is_some_and(|a| Some(a) == place(b))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_their_end_whether_it_exists_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name);
        symlink("second", name("first")).unwrap();
        symlink(name("end"), name("second")).unwrap();
        assert_eq!(Target::of(&name("first")).unwrap(), Target::File(name("end")));
        assert!(!is_replaced(&name("first")));
        fs::write(name("end"), "a").unwrap();
        assert_eq!(Target::of(&name("first")).unwrap(), Target::File(name("end")));
        assert!(is_replaced(&name("first")));
        symlink("round", name("round")).unwrap();
        assert!(Target::of(&name("round")).is_err());
        assert_eq!(Target::of(folder.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
    }

    #[test]
    fn devices_and_open_files_are_written_through() {
        let through = Target::Through(PathBuf::from("/dev/null"));
        assert_eq!(Target::of(Path::new("/dev/null")).unwrap(), through);
        assert!(!is_replaced(Path::new("/dev/null")));
        for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            assert!(is_standard_output(Path::new(name)), "{name}");
        }
        assert!(!is_standard_output(Path::new("/dev/fd/2")));
    }

    #[test]
    fn two_names_of_one_file_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name);
        fs::write(name("a"), "a").unwrap();
        fs::write(name("b"), "a").unwrap();
        symlink("a", name("link")).unwrap();
        fs::hard_link(name("a"), name("hard")).unwrap();
        symlink("new", name("to_new")).unwrap();
        assert!(is_same_file(&name("a"), &name("link")) && is_same_file(&name("a"), &name("hard")));
        assert!(is_same_file(&name("to_new"), &name("./new")) && !is_same_file(&name("a"), &name("new")));
        assert!(!is_same_file(&name("a"), &name("b")));
    }
}
