//! What the command prints, word for word. `TRYCMD=overwrite cargo test --test suite cli_commands` writes what it prints now.

#[test]
fn commands_print_what_is_written() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("SPIKEMESH_LOG", "off").case("tests/cmd/*.trycmd");
}
