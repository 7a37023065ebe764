//! What a report says of uploads that are taken whole.

use backlint_finding::Severity;

use crate::outcome;

/// How bad it is that this function reads an upload.
fn severities(body: &str) -> Vec<Severity> {
    let text = format!(
        "from fastapi import FastAPI, UploadFile\n\napp = FastAPI()\n\n@app.post(\"/scans\")\nasync def scan(scan: UploadFile):\n{body}"
    );
    let outcome = outcome("select = [\"FILE003\"]", &[("app/main.py", &text)]);
    outcome.findings.iter().map(|triaged| triaged.finding.severity).collect()
}

#[test]
fn only_the_length_of_the_upload_itself_is_a_late_check() {
    let of_upload = "    content = await scan.read()\n    if len(content) > 1000:\n        raise ValueError\n";
    assert_eq!(severities(of_upload), [Severity::Low]);
    assert_eq!(severities("    if len(await scan.read()) > 1000:\n        raise ValueError\n"), [Severity::Low]);
    let of_rows = "    rows = parse(await scan.read())\n    if len(rows) > 0:\n        return rows[0]\n";
    assert_eq!(severities(of_rows), [Severity::Medium]);
}
