//! A device file of an older version is refused with the place of what is older, and with what to do.

use miette::Diagnostic;
use spikemesh_device::Device;

#[test]
fn shares_of_energy_are_of_an_older_version() {
    let text = Device::text("akd1500").unwrap();
    let begin = text.find("        memory_byte:").unwrap();
    let end = text.find("        floor_watts").unwrap();
    for share in ["memory_share: (0.5, assumed, \"a half\")", "network_share: (0.03, assumed, \"few links\")"]
    {
        let older = format!("{}        {share},\n{}", &text[..begin], &text[end..]);
        let errors = Device::parse("mine.ron", &older).unwrap_err();
        let line = text[..begin].matches('\n').count() + 1;
        let path = share.split(':').next().unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].code().unwrap().to_string(), "device::older");
        let said = errors[0].to_string();
        assert!(
            said.starts_with(&format!("mine.ron:{line}:")) && said.contains(&format!("`energy.{path}`")),
            "{said}"
        );
        assert!(errors[0].help().unwrap().to_string().contains("memory_byte"));
    }
    // Without them the file is whole.
    assert!(Device::parse("mine.ron", text).is_ok());
}
