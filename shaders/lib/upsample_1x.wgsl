// Four by two texels of the near picture, at its own size, row by row.
fn near_block(at: vec2i) -> array<vec4f, 8> {
    return array<vec4f, 8>(
        near_at(at), near_at(at + vec2i(1, 0)), near_at(at + vec2i(2, 0)), near_at(at + vec2i(3, 0)),
        near_at(at + vec2i(0, 1)), near_at(at + vec2i(1, 1)), near_at(at + vec2i(2, 1)), near_at(at + vec2i(3, 1)),
    );
}
