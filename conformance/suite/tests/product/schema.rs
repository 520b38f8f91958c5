//! A checker for the part of JSON Schema that our schemas use. It refuses a keyword that it does not know,
//! so that a schema cannot say something that nobody checks.

use serde_json::{Map, Value};

/// Checks a document against a schema.
#[track_caller]
pub(crate) fn check(schema: &str, document: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    if let Err(fault) = holds(&schema, &schema, document) {
        panic!("{fault}");
    }
}

fn holds(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = schema.as_object().unwrap();
    for (keyword, rule) in schema {
        let held = match keyword.as_str() {
            "$schema" | "$defs" | "title" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                holds(root, root.pointer(pointer).unwrap(), value)?;
                true
            }
            "type" => has_type(rule, value),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule.as_array().unwrap().iter().any(|rule| holds(root, rule, value).is_ok()),
            "required" => {
                rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
            }
            "properties" | "additionalProperties" => {
                members(root, schema, value)?;
                true
            }
            "items" => {
                value.as_array().unwrap().iter().try_for_each(|item| holds(root, rule, item))?;
                true
            }
            "minItems" => value.as_array().unwrap().len() as u64 >= rule.as_u64().unwrap(),
            "minimum" => value.as_f64().unwrap() >= rule.as_f64().unwrap(),
            "maximum" => value.as_f64().unwrap() <= rule.as_f64().unwrap(),
            "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_none_or(|text| text.len() as u64 <= rule.as_u64().unwrap()),
            "pattern" => {
                assert_eq!(rule, "^([0-9a-f]{2})*$", "the only pattern that is known here");
                let text = value.as_str().unwrap();
                text.len().is_multiple_of(2) && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
            }
            other => panic!("the checker does not know the keyword {other}"),
        };
        if !held {
            return Err(format!("{keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

fn members(root: &Value, schema: &Map<String, Value>, value: &Value) -> Result<(), String> {
    let Some(members) = value.as_object() else { return Ok(()) };
    for (key, member) in members {
        let named = schema.get("properties").and_then(|properties| properties.get(key));
        match named.or_else(|| schema.get("additionalProperties")) {
            Some(Value::Bool(false)) => return Err(format!("{key} is not a known member")),
            Some(rule) => holds(root, rule, member).map_err(|fault| format!("{key}: {fault}"))?,
            None => {}
        }
    }
    Ok(())
}

fn has_type(rule: &Value, value: &Value) -> bool {
    if let Some(types) = rule.as_array() {
        return types.iter().any(|rule| has_type(rule, value));
    }
    match rule.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the checker does not know the type {other}"),
    }
}

#[test]
fn checker_sees_faults() {
    let schema =
        r#"{"type":"object","required":["a"],"additionalProperties":false,"properties":{"a":{"minimum":1}}}"#;
    let schema: Value = serde_json::from_str(schema).unwrap();
    for (text, holds_it) in
        [("{\"a\":1}", true), ("{\"a\":0}", false), ("{}", false), ("{\"a\":1,\"b\":1}", false)]
    {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(holds(&schema, &schema, &value).is_ok(), holds_it, "{text}");
    }
}
