//! The versions of formats: the page about compatibility has those that the code writes.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::template;
use spikemesh::noc::trace::spt;
use spikemesh::{isa, model};

#[test]
fn versions_are_those_of_the_page() {
    let page = std::fs::read_to_string("docs/compatibility-of-formats.md").unwrap();
    let listed = |format: &str| {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{format}`"))).unwrap();
        row.split('|').nth(2).unwrap().trim().to_owned()
    };
    let mut model: model::Model = template::load("tests/cmd/models/tiny.yaml".as_ref()).unwrap();
    model.randomise(1);
    let program = compile(&model, &Device::load("akd1000").unwrap(), &Mode::Minimal.into()).unwrap().program;
    let bytes = isa::write(&program);
    assert_eq!(listed(".npx"), u32::from_le_bytes(bytes[8..12].try_into().unwrap()).to_string());
    assert_eq!(listed(".spt"), spt::VERSION.to_string());
}
