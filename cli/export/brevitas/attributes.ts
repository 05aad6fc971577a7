/** Where a layer is in the PyTorch module: attributes that make the state dictionary's names those of the model file. */
import { identifier } from "./python.js";

/** Path of attributes per layer name: `conv.0.dw.conv` is `["conv", "0", "dw", "conv"]`. */
export type AttributePaths = ReadonlyMap<string, readonly string[]>;

/**
 * A path per layer, all different, none the beginning of another. Names stay as they are where Python and PyTorch let
 * them; numbers are kept as well, because containers are indexed by them. Other signs become `_`.
 */
export function attributePaths(layers: readonly string[]): AttributePaths {
  const wanted = new Map(layers.map((name) => [name, name.split(".").map(segment)]));
  const leaves = new Set([...wanted.values()].map(joined));
  const taken = new Set<string>();
  const paths = new Map<string, readonly string[]>();
  for (const [name, path] of wanted) {
    const containers = path.slice(0, -1).reduce<readonly string[]>((above, part) => {
      // A layer has that place, so the layers that share its name go beside it.
      const isLayer = leaves.has(joined([...above, part]));
      return [...above, isLayer ? `${part}_` : part];
    }, []);
    const [last = "_"] = path.slice(-1);
    let leaf = last;
    for (let suffix = 1; taken.has(joined([...containers, leaf])); suffix++) leaf = `${last}_${suffix}`;
    taken.add(joined([...containers, leaf]));
    paths.set(name, [...containers, leaf]);
  }
  return paths;
}

function joined(path: readonly string[]): string {
  return path.join(".");
}

/** Attributes and methods of `torch.nn.Module` (1.5 to 2.x), which a layer must not replace. */
const ofModules = new Set(
  (
    "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float " +
    "forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers " +
    "named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook " +
    "register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook " +
    "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter " +
    "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory " +
    "state_dict to to_empty train training type xpu zero_grad T_destination"
  ).split(" "),
);

function segment(text: string): string {
  if (/^[0-9]+$/.test(text)) return text;
  const name = identifier(text);
  // Names that begin with an underscore are PyTorch's own.
  const isTaken = ofModules.has(name) || name.startsWith("__") || name.startsWith("_");
  return isTaken ? `${name.replace(/^_+/, "layer_")}${ofModules.has(name) ? "_" : ""}` : name;
}

/** `self.conv[0].dw.conv` */
export function access(path: readonly string[]): string {
  return path.reduce((text, part) => (/^[0-9]/.test(part) ? `${text}[${part}]` : `${text}.${part}`), "self");
}
