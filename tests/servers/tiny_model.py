"""Writes a model for llama.cpp that is a few hundred kilobytes and knows nothing.

Its weights are random, so it answers any question with nonsense until it happens to stop; but it is a
whole model with a tokenizer and a chat template, and the server that runs it is the real one.
"""

import sys

import gguf
import numpy

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 32, 2, 1, 64, 32768

# Tools are part of the prompt, as in the templates of models that can call them.
TEMPLATE = """{%- if tools %}<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools>
{% endif %}{%- for message in messages %}<{{ message.role }}>
{%- if message.content is string %}{{ message.content }}
{%- elif message.content %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}
{%- for call in message.tool_calls or [] %}<call>{{ call | tojson }}</call>{% endfor %}</s>
{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"""


def vocabulary():
    """Tokens with their scores and kinds: control tokens, all bytes, and pairs of letters."""
    kind = gguf.TokenType
    tokens = [("<unk>", 0.0, kind.UNKNOWN), ("<s>", 0.0, kind.CONTROL), ("</s>", 0.0, kind.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", 0.0, kind.BYTE) for byte in range(256)]
    letters = "▁etaoinshrdlucmfwypvbgkjqxz"
    words = list(letters) + [a + b for a in letters for b in letters]
    tokens += [(word, float(-number - 1), kind.NORMAL) for number, word in enumerate(words)]
    return tokens


def write(name, path):
    """Writes a model to a file, the same each time. One called `endless` hardly ever stops."""
    tokens = vocabulary()
    chance = numpy.random.default_rng(1)

    def weights(*shape):
        return (chance.standard_normal(shape) * 0.5).astype(numpy.float32)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    writer.add_tensor("token_embd.weight", weights(len(tokens), WIDTH))
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        writer.add_tensor(f"{block}.attn_norm.weight", numpy.ones(WIDTH, numpy.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{block}.{part}.weight", weights(WIDTH, WIDTH))
        writer.add_tensor(f"{block}.ffn_norm.weight", numpy.ones(WIDTH, numpy.float32))
        writer.add_tensor(f"{block}.ffn_gate.weight", weights(INNER, WIDTH))
        writer.add_tensor(f"{block}.ffn_up.weight", weights(INNER, WIDTH))
        writer.add_tensor(f"{block}.ffn_down.weight", weights(WIDTH, INNER))
    writer.add_tensor("output_norm.weight", numpy.ones(WIDTH, numpy.float32))
    output = weights(len(tokens), WIDTH)
    # The token that ends an answer: likelier than others or, with its weights at zero, hardly likely.
    output[2] *= 0.0 if name == "endless" else 1.7
    writer.add_tensor("output.weight", output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
