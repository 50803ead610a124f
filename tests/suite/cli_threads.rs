//! How many threads the command takes, and what it says where there are none.

use std::process::{Command, Output};

/// A short sweep with a number of threads, behind a command of the shell.
fn traffic(threads: &str, before: &str) -> Output {
    let command =
        format!("{before} exec \"$0\" traffic --network r3 --size 4x4 --rates 0.1 --sample-period 100");
    let mut shell = Command::new("sh");
    shell.args(["-c", &command, env!("CARGO_BIN_EXE_spikemesh")]).env("RAYON_NUM_THREADS", threads);
    shell.output().expect("the command starts")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn another_number_of_threads_than_is_possible_is_replaced_with_a_word() {
    let whole = traffic("2", "");
    assert!(whole.status.success() && !error(&whole).contains("threads"), "{}", error(&whole));
    for number in ["0", "two", "1000000"] {
        let ran = traffic(number, "");
        assert!(ran.status.success(), "{number}: {}", error(&ran));
        assert!(error(&ran).contains("threads::count"), "{number}: {}", error(&ran));
        assert_eq!(ran.stdout, whole.stdout, "{number}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_host_without_threads_is_an_error_and_no_panic() {
    // The stacks of so many threads do not fit.
    let ran = traffic("256", "ulimit -v 1000000;");
    let error = error(&ran);
    assert_eq!(ran.status.code(), Some(1), "{error}");
    assert!(error.contains("threads::unavailable") && error.contains("cannot start 256 threads"), "{error}");
    assert!(!error.contains("panicked"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn verbs_without_parallel_work_need_no_threads() {
    let ran = Command::new("sh")
        .args(["-c", "ulimit -v 1000000; exec \"$0\" device akd1000", env!("CARGO_BIN_EXE_spikemesh")])
        .env("RAYON_NUM_THREADS", "256")
        .output()
        .expect("the command starts");
    assert!(ran.status.success(), "{}", error(&ran));
}

/// The limit of processes holds for users, not for root: root becomes nobody for it.
#[cfg(target_os = "linux")]
#[test]
fn a_user_without_processes_left_gets_an_error_and_no_panic() {
    use std::os::unix::fs::PermissionsExt;

    let is_root = rustix::process::geteuid().is_root();
    let is_there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !is_there("prlimit") || (is_root && !is_there("setpriv")) {
        return;
    }
    // Where nobody may read the build folder.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("spikemesh");
    std::fs::copy(env!("CARGO_BIN_EXE_spikemesh"), &program).unwrap();
    for path in [folder.path(), &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let user: &[&str] = if is_root { &as_nobody } else { &["env"] };
    let run = |limit: &str, threads: &str, arguments: &str| {
        let mut command = Command::new(user[0]);
        command.args(&user[1..]).arg("prlimit").args(limit.split_whitespace()).arg(&program);
        command.args(arguments.split(' ')).env("RAYON_NUM_THREADS", threads).current_dir("/");
        command.output().unwrap()
    };
    let sweep = "traffic --size 4x4 --rates 0.1 --sample-period 100";
    let usual = run("--nofile=256", "2", sweep);
    assert!(usual.status.success(), "{}", error(&usual));
    for threads in ["2", "1000000"] {
        let ran = run("--nproc=1", threads, sweep);
        assert_eq!(ran.status.code(), Some(1), "{}", error(&ran));
        assert!(error(&ran).contains("threads::unavailable"), "{}", error(&ran));
        assert!(!error(&ran).contains("panicked"), "{}", error(&ran));
    }
    let alone = run("--nproc=1", "2", "device akd1000");
    assert!(alone.status.success(), "{}", error(&alone));
}
