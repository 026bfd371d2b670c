use serde_json::{Value, json, to_value};

use crate::protocol::{
    Annotations, CallToolResult, ContentBlock, Icon, Implementation, InputRequest, Meta,
    PromptArgument, PromptEntry, ResourceCommon, ResourceContents, ResourceLink, Revision, Role,
    Sample, ServerCapabilities, ToolAnnotations, ToolEntry,
};

use super::Adapt;

const OLDEST_FIRST: [Revision; 5] = [
    Revision::V2024_11_05,
    Revision::V2025_03_26,
    Revision::V2025_06_18,
    Revision::V2025_11_25,
    Revision::V2026_07_28,
];

/// Asserts what a part looks like in each revision, the oldest first.
#[track_caller]
fn assert_written<T: Adapt + Clone + serde::Serialize>(part: &T, expected: [Value; 5]) {
    for (revision, expected) in OLDEST_FIRST.into_iter().zip(expected) {
        let written = to_value(part.clone().adapted(revision)).unwrap();
        assert_eq!(written, expected, "{revision}");
    }
}

fn meta() -> Meta {
    Meta::from_iter([("k".to_owned(), json!(1))])
}

fn annotations() -> Annotations {
    Annotations {
        audience: vec![Role::User],
        priority: None,
        last_modified: Some("2026-01-01T00:00:00Z".to_owned()),
    }
}

#[test]
fn entries_lose_what_their_revision_lacks() {
    let tool = ToolEntry {
        name: "t".to_owned(),
        title: Some("T".to_owned()),
        description: None,
        icons: vec![Icon::new("i")],
        input_schema: json!({"type": "object", "properties": {"any": true, "none": false}}),
        output_schema: Some(json!({"type": "object"})),
        annotations: Some(ToolAnnotations::default()),
        meta: Some(meta()),
    };
    let spelled = json!({"type": "object", "properties": {"any": {}, "none": {"not": {}}}});
    let oldest = json!({"name": "t", "inputSchema": spelled});
    let mut v25_03 = oldest.clone();
    v25_03["annotations"] = json!({});
    let mut v25_06 = v25_03.clone();
    v25_06["title"] = json!("T");
    v25_06["outputSchema"] = json!({"type": "object"});
    v25_06["_meta"] = json!({"k": 1});
    let mut v25_11 = v25_06.clone();
    v25_11["icons"] = json!([{"src": "i"}]);
    let mut newest = v25_11.clone();
    newest["inputSchema"] = tool.input_schema.clone();
    assert_written(&tool, [oldest, v25_03, v25_06, v25_11, newest]);

    let resource = ResourceCommon {
        name: "r".to_owned(),
        title: Some("R".to_owned()),
        icons: vec![Icon::new("i")],
        annotations: Some(annotations()),
        meta: Some(meta()),
        ..ResourceCommon::default()
    };
    let old = json!({"name": "r", "annotations": {"audience": ["user"]}});
    let mut v25_06 = json!({"name": "r", "title": "R", "_meta": {"k": 1}});
    v25_06["annotations"] = to_value(annotations()).unwrap();
    let mut new = v25_06.clone();
    new["icons"] = json!([{"src": "i"}]);
    assert_written(&resource, [old.clone(), old, v25_06, new.clone(), new]);
}

#[test]
fn prompts_and_name_cards_lose_what_their_revision_lacks() {
    let prompt = PromptEntry {
        name: "p".to_owned(),
        icons: vec![Icon::new("i")],
        arguments: vec![PromptArgument {
            name: "a".to_owned(),
            title: Some("A".to_owned()),
            ..PromptArgument::default()
        }],
        ..PromptEntry::default()
    };
    let old = json!({"name": "p", "arguments": [{"name": "a"}]});
    let v25_06 = json!({"name": "p", "arguments": [{"name": "a", "title": "A"}]});
    let mut new = v25_06.clone();
    new["icons"] = json!([{"src": "i"}]);
    assert_written(&prompt, [old.clone(), old, v25_06, new.clone(), new]);

    let card = Implementation {
        name: "n".to_owned(),
        version: "1".to_owned(),
        title: Some("N".to_owned()),
        website_url: Some("w".to_owned()),
        ..Implementation::default()
    };
    let old = json!({"name": "n", "version": "1"});
    let v25_06 = json!({"name": "n", "version": "1", "title": "N"});
    let mut new = v25_06.clone();
    new["websiteUrl"] = json!("w");
    assert_written(&card, [old.clone(), old, v25_06, new.clone(), new]);

    let capabilities = ServerCapabilities {
        completions: Some(Meta::new()),
        ..ServerCapabilities::default()
    };
    let new = json!({"completions": {}});
    assert_written(
        &capabilities,
        [json!({}), new.clone(), new.clone(), new.clone(), new],
    );
}

#[test]
fn blocks_a_revision_lacks_become_text() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let audio = ContentBlock::audio(b"", "audio/wav");
    let instead =
        text("[audio of type audio/wav, which this client's protocol revision cannot carry]");
    let sound = json!({"type": "audio", "data": "", "mimeType": "audio/wav"});
    let [a, b, c, d] = [(); 4].map(|()| sound.clone());
    assert_written(&audio, [instead, a, b, c, d]);

    let link = ResourceLink::new("a:b", "n").icon(Icon::new("i"));
    let instead = text("[resource n: a:b]");
    let plain = json!({"type": "resource_link", "uri": "a:b", "name": "n"});
    let mut new = plain.clone();
    new["icons"] = json!([{"src": "i"}]);
    assert_written(
        &ContentBlock::from(link),
        [instead.clone(), instead, plain, new.clone(), new],
    );

    let contents = ResourceContents::text("a:b", "t").meta(meta());
    let embedded = ContentBlock::resource(contents).annotations(annotations());
    let old = json!({
        "type": "resource",
        "resource": {"uri": "a:b", "text": "t"},
        "annotations": {"audience": ["user"]},
    });
    let mut new = old.clone();
    new["resource"]["_meta"] = json!({"k": 1});
    new["annotations"] = to_value(annotations()).unwrap();
    assert_written(&embedded, [old.clone(), old, new.clone(), new.clone(), new]);
}

#[test]
fn structured_content_a_revision_lacks_becomes_text() {
    let objects =
        |texts: Value, value: Value| json!({"content": texts, "structuredContent": value});
    let without = |texts: Value| json!({"content": texts});
    let block = |text: &str| json!({"type": "text", "text": text});
    for (told, value, text) in [
        // Told already, in another layout.
        (Some("{ \"a\": 1 }"), json!({"a": 1}), None),
        (Some("one"), json!({"a": 1}), Some("{\"a\":1}")),
        (None, json!({"a": 1}), Some("{\"a\":1}")),
        (Some("[1]"), json!([1]), None),
        (None, json!(null), Some("null")),
    ] {
        let result = CallToolResult::new(told).structured_content(&value);
        let own: Vec<_> = told.map(block).into_iter().collect();
        let all: Vec<_> = told.into_iter().chain(text).map(block).collect();
        let old = without(json!(all));
        let newest = objects(json!(own), value.clone());
        let between = if value.is_object() { &newest } else { &old };
        let [a, b] = [(); 2].map(|()| between.clone());
        assert_written(&result, [old.clone(), old, a, b, newest]);
    }
}

#[test]
fn a_question_fits_its_revision_or_is_refused() {
    let form = |property: Value| {
        InputRequest::form(
            "m",
            &json!({"type": "object", "properties": {"p": property}}),
        )
    };
    let audio = Sample::new(1).user(ContentBlock::audio(b"", "audio/wav"));
    let link = Sample::new(1).user(ContentBlock::resource_link("a:b", "n"));
    for (name, question, askable) in [
        ("text", form(json!({"type": "string"})), [0, 0, 1, 1, 1]),
        (
            "titled",
            form(json!({"type": "string", "oneOf": []})),
            [0, 0, 0, 1, 1],
        ),
        ("choices", form(json!({"type": "array"})), [0, 0, 0, 1, 1]),
        ("url", InputRequest::url("m", "https://a"), [0, 0, 0, 1, 1]),
        ("roots", InputRequest::roots(), [1; 5]),
        (
            "text",
            InputRequest::sample(&Sample::new(1).user("t")),
            [1; 5],
        ),
        ("audio", InputRequest::sample(&audio), [0, 1, 1, 1, 1]),
        ("link", InputRequest::sample(&link), [0; 5]),
    ] {
        let asked = OLDEST_FIRST.map(|revision| question.for_revision(revision, "e").is_ok());
        assert_eq!(asked, askable.map(|askable| askable == 1), "{name}");
    }
    let defaults = json!({"type": "string", "default": "x"});
    let [old, new] = [Revision::V2025_06_18, Revision::V2025_11_25]
        .map(|revision| form(defaults.clone()).for_revision(revision, "e").unwrap());
    let property = "/params/requestedSchema/properties/p";
    assert_eq!(old.pointer(property), Some(&json!({"type": "string"})));
    assert_eq!(new.pointer(property), Some(&defaults));
    assert_eq!(old.pointer("/params/mode"), None);
    let url = InputRequest::url("m", "https://a");
    for (revision, id) in [
        (Revision::V2025_11_25, json!("e")),
        (Revision::ALL[0], json!(null)),
    ] {
        let asked = url.for_revision(revision, "e").unwrap();
        assert_eq!(asked["params"]["elicitationId"], id, "{revision}");
    }
}
