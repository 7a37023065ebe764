//! Runs the cases in `cmd/`: arguments and a working directory in, exit code and output out.
//!
//! `TRYCMD=overwrite cargo test --package backlint-cli --test commands` writes what the program says into the cases.

#[test]
fn commands_say_and_exit_as_their_cases_tell() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cmd/*.toml");
    let runner = trycmd::TestCases::new();
    runner.default_bin_path(env!("CARGO_BIN_EXE_backlint")).case(cases);
    // The width of help comes from the environment, and colours do.
    runner.env("COLUMNS", "100").env("NO_COLOR", "1");
    runner.insert_var("[VERSION]", env!("CARGO_PKG_VERSION")).expect("a name in brackets");
    runner.run();
}
