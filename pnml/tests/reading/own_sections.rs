//! Our own sections: annotations, pins and notes are read to the letter.

use super::check;
use expect_test::expect;

#[test]
fn our_own_sections_are_read_to_the_letter() {
    let section = |inner: &str| {
        format!(
            "<transition id='t'>\n<toolspecific tool='pn' version='1'>{inner}</toolspecific></transition>"
        )
    };
    check(
        &section("<acton kind='exec'/>"),
        expect![[r#"
            3:37 error: `<acton>` cannot stand in `<toolspecific>`
              → did you mean `action`?
        "#]],
    );
    check(
        &section("<action kind='exec' hots='a'><parm name='x'/></action>"),
        expect![[r#"
        3:63 error: `<action>` has no attribute `hots`
          → did you mean `host`?
        3:66 error: `<parm>` cannot stand in `<action>`
          → did you mean `param`?
    "#]],
    );
    check(
        &section("<action/><timeout>soon</timeout><retry max='0' factor='0.5' first='x'/>"),
        expect![[r#"
            3:37 error: `<action>` has no attribute `kind`
            3:55 error: `soon` is not a duration
              → write a number and a unit, such as 500ms, 60s, 5m, 2h, 1m30s
            3:81 error: `0` is no value for `max`
              → as in `<retry max="5" first="1s" factor="2" cap="100s"/>`
            3:92 error: `0.5` is no value for `factor`
              → as in `<retry max="5" first="1s" factor="2" cap="100s"/>`
            3:104 error: `x` is not a duration
              → write a number and a unit, such as 500ms, 60s, 5m, 2h, 1m30s
        "#]],
    );
    check(
        &section("<timer after='5s'/><approval by='x'/><timeout>5s</timeout>"),
        expect![[r#"
        3:56 error: the transition is of two kinds, `timer` and `approval`
        3:74 error: `<timeout>` belongs to an action, this transition is none
    "#]],
    );
    check(
        &section("<timeout>5s</timeout>"),
        expect![[r#"
        3:1 error: the annotation does not say of what kind the transition is
          → name one of control, action, outcome, event, timer, approval, undo of="…", retry of="…", drift of="…", refresh of="…"
    "#]],
    );
    check(
        &section("<action kind='exec'><param name='cmd'>a<b/>c</param></action>"),
        expect![[r#"
            3:76 error: `<b>` cannot stand in `<param>`
        "#]],
    );
    check(
        "<transition id='t'><toolspecific tool='pn' version='2'><control/></toolspecific></transition>",
        expect![[r#"
            2:53 error: the annotation has version `2`, this program reads version 1
        "#]],
    );
    check(
        "<place id='p'><toolspecific tool='pn' version='1'/></place>",
        expect![[r#"
        2:15 error: `<place>` cannot carry an annotation
          → annotations belong to transitions and to the net, notes to pages, `<pinned/>` to nodes
    "#]],
    );
}

#[test]
fn pins_are_read_to_the_letter() {
    let of = |node: &str, inner: &str| {
        format!("<{node} id='k'><toolspecific tool='pn' version='1'>{inner}</toolspecific></{node}>")
    };
    check(&of("place", "<pinned/>"), expect![""]);
    check(&of("transition", "<pinned/>"), expect![""]);
    check(&of("transition", "<pinned/><control/>"), expect![""]);
    check(
        &of("place", "<pined/>"),
        expect![[r#"
            2:51 error: `<pined>` cannot stand in `<toolspecific>`
              → did you mean `pinned`?
        "#]],
    );
    check(
        &of("place", "<pinned by='me'>x<a/></pinned><pinned/><control/>"),
        expect![[r#"
            2:63 error: `<pinned>` has no attribute `by`
            2:67 warning: text in `<pinned>` has no meaning and is dropped
            2:68 error: `<a>` cannot stand in `<pinned>`
            2:81 error: `<toolspecific>` has a second `<pinned>`
            2:90 error: `<control>` cannot stand in `<toolspecific>`
        "#]],
    );
    check(
        &of("transition", "<pinned/><timeout>5s</timeout>"),
        expect![[r#"
            2:20 error: the annotation does not say of what kind the transition is
              → name one of control, action, outcome, event, timer, approval, undo of="…", retry of="…", drift of="…", refresh of="…"
        "#]],
    );
    check(
        "<place id='p'><toolspecific tool='pn' version='1'><pinned/></toolspecific><toolspecific tool='pn' version='1'><pinned/></toolspecific></place>",
        expect![[r#"
            2:75 error: `<place>` has a second `<toolspecific>`
        "#]],
    );
    check(
        "<place id='p'/><transition id='t'/><arc id='a' source='p' target='t'><toolspecific tool='pn' version='1'><pinned/></toolspecific></arc>",
        expect![[r#"
            2:70 error: `<arc>` cannot carry an annotation
              → annotations belong to transitions and to the net, notes to pages, `<pinned/>` to nodes
        "#]],
    );
}

#[test]
fn notes_are_read_to_the_letter() {
    let section = |inner: &str| format!("<toolspecific tool='pn' version='1'>{inner}</toolspecific>");
    check(
        &section("<nota/><note x='1' y='2' width='3' hight='4'>a<b/></note>"),
        expect![[r#"
            2:37 error: `<nota>` cannot stand in `<toolspecific>`
              → did you mean `note`?
            2:44 error: `<note>` has no attribute `height`
            2:79 error: `<note>` has no attribute `hight`
              → did you mean `height`?
            2:83 error: `<b>` cannot stand in `<note>`
        "#]],
    );
    check(
        &section("<note x='left' y='1e13' width='0' height='10000'/>"),
        expect![[r#"
            2:46 error: `left` is no value for `x`
              → as in `<note x="40" y="-12.5" width="140" height="60">`
            2:55 error: `1e13` is no value for `y`
              → as in `<note x="40" y="-12.5" width="140" height="60">`
            2:68 error: `0` is no value for `width`
              → as in `<note x="40" y="-12.5" width="140" height="60">`
            2:79 error: `10000` is no value for `height`
              → as in `<note x="40" y="-12.5" width="140" height="60">`
        "#]],
    );
    check(
        "<transition id='t'><toolspecific tool='pn' version='1'><note x='1' y='2' width='3' height='4'/></toolspecific></transition>",
        expect![[r#"
            2:56 error: `<note>` cannot stand in `<toolspecific>`
        "#]],
    );
    check(&section("<note x='1' y='-2.5' width='3' height='4'>fine</note>"), expect![""]);
}
