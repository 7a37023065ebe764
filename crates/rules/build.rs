//! Tells the build to look again when a page or a catalogue is added or removed; edited ones the compiler sees itself.

fn main() {
    println!("cargo::rerun-if-changed=../../rules");
}
