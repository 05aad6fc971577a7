/** Commands and settings, tested inside the extension host. */
import { createMultiRootWorkspace } from "../lib/workspace.mjs";

export default { name: "host-commands", suite: "commands", workspace: createMultiRootWorkspace };
