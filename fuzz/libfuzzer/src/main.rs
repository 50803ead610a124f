//! One program for all targets; the environment names the one that runs. `cargo xtask fuzz` builds and starts it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use spikemesh_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var(spikemesh_fuzz::TARGET_VARIABLE).unwrap_or_default();
    spikemesh_fuzz::target(&name).unwrap_or_else(|| panic!("there is no target `{name}`"))
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));
