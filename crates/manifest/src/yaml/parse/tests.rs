use super::*;

mod beside_libyaml;

/// The events of a text, a line each: indented, `=` a scalar with its style, `@line:column-line:column`.
fn events(text: &str) -> String {
    let mut parser = Parser::new(text);
    let mut out = String::new();
    loop {
        match parser.next_event() {
            Ok(event) => {
                out += &format!("{}\n", show(&event));
                if event.data == Data::StreamEnd {
                    return out;
                }
            }
            Err(fault) => {
                let Fault { line, problem, context, .. } = *fault;
                out += format!("error in {}: {problem} {context}", line + 1).trim_end();
                return out + "\n";
            }
        }
    }
}

fn show(event: &Event<'_>) -> String {
    let with = |properties: &Properties<'_>| {
        let anchor = Property::anchor_of(properties).map(|anchor| format!(" &{anchor}"));
        let tag = Property::tag_of(properties).map(|tag| format!(" <{tag}>"));
        anchor.unwrap_or_default() + &tag.unwrap_or_default()
    };
    let what = match &event.data {
        Data::StreamEnd => "end".to_owned(),
        Data::DocumentStart { is_implicit, .. } => {
            if *is_implicit {
                "document".to_owned()
            } else {
                "document ---".to_owned()
            }
        }
        Data::DocumentEnd { is_implicit } => {
            if *is_implicit {
                "done".to_owned()
            } else {
                "done ...".to_owned()
            }
        }
        Data::Alias { anchor } => format!("*{anchor}"),
        Data::Scalar { properties, value, style } => {
            format!("{style:?}{} {value:?}", with(properties))
        }
        Data::SequenceStart { properties, is_flow } => {
            format!("{}{}", if *is_flow { "[" } else { "list" }, with(properties))
        }
        Data::SequenceEnd => "end of list".to_owned(),
        Data::MappingStart { properties, is_flow } => {
            format!("{}{}", if *is_flow { "{" } else { "map" }, with(properties))
        }
        Data::MappingEnd => "end of map".to_owned(),
    };
    let place = |mark: Mark| format!("{}:{}", mark.line, mark.column);
    format!("{what} @{}-{}", place(event.start), place(event.end))
}
