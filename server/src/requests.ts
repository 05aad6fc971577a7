/** The answers to the client's requests: finds the model's state, then calls the feature. */
import type {
  CodeAction,
  CodeActionParams,
  CodeLens,
  CompletionItem,
  DocumentDiagnosticReport,
  DocumentSymbol,
  Hover,
  InlayHint,
  Location,
  Position,
  Range,
} from "vscode-languageserver";
import { costJson } from "../../shared/analysis/cost-json.js";
import type {
  ExploreEdit,
  ExploreParams,
  ExploreRecord,
  ModelCostRecord,
  ModelSetup,
  ModelTree,
} from "../../shared/messages.js";
import type { DrawingParams, DrawingRecord, NetworkRecord, NoAnswer } from "../../shared/network-messages.js";
import type { ClientFeatures } from "./capabilities.js";
import { distinctDiagnostics } from "./diagnostics-channel.js";
import { codeActions, distinctActions } from "./features/code-actions.js";
import { codeLenses } from "./features/code-lens.js";
import { completion } from "./features/completion.js";
import { definition } from "./features/definition.js";
import { diagnostics } from "./features/diagnostics.js";
import { documentSymbols } from "./features/document-symbols.js";
import { explore } from "./features/explore.js";
import { drawModel, drawNetwork, noModel } from "./features/drawing.js";
import { exploreEdit } from "./features/explore/edit.js";
import { hover } from "./features/hover.js";
import { inlayHints, type HintData } from "./features/inlay-hints.js";
import { hintTooltip } from "./features/inlay-hints/tooltip.js";
import { modelCost } from "./features/model-cost.js";
import { modelSetup } from "./features/model-setup.js";
import { modelTree } from "./features/model-tree.js";
import { baseName, canonicalUri } from "./host/uris.js";
import type { RunNetworkJob } from "./networks/runner.js";
import type { ModelState } from "./models/model-state.js";
import type { Session } from "./session.js";

interface DocumentParams {
  readonly textDocument: { readonly uri: string };
}

interface ModelParams {
  readonly uri: string;
}

type PositionParams = DocumentParams & { readonly position: Position };

export interface Requests {
  inlayHints(params: DocumentParams & { readonly range: Range }): Promise<InlayHint[]>;
  resolveInlayHint(hint: InlayHint): InlayHint;
  diagnostics(params: DocumentParams & { readonly previousResultId?: string }): Promise<DocumentDiagnosticReport>;
  codeActions(params: CodeActionParams): Promise<CodeAction[]>;
  codeLenses(params: DocumentParams): Promise<CodeLens[]>;
  hover(params: PositionParams): Promise<Hover | null>;
  completion(params: PositionParams): Promise<CompletionItem[]>;
  documentSymbols(params: DocumentParams): Promise<DocumentSymbol[]>;
  definition(params: PositionParams): Promise<Location[]>;
  modelCost(params: ModelParams): Promise<ModelCostRecord | null>;
  explore(params: ExploreParams): Promise<ExploreRecord | null>;
  exploreEdit(params: ExploreParams): Promise<ExploreEdit>;
  modelSetup(params: ModelParams): Promise<ModelSetup | null>;
  modelTree(params: ModelParams): Promise<ModelTree | null>;
  costJson(params: ModelParams): Promise<{ readonly text: string } | null>;
  network(params: ModelParams): Promise<NetworkRecord | NoAnswer>;
  drawing(params: DrawingParams): Promise<DrawingRecord | NoAnswer>;
}

export function createRequests(session: Session, client: ClientFeatures, runNetworkJob: RunNetworkJob): Requests {
  const { models, networks, ruleLink } = session;
  /** The file and the states in which it takes part; a helper's first model stands for it where there can be only one. */
  const find = async ({ textDocument }: DocumentParams): Promise<{ file: string; states: ModelState[] }> => {
    const file = canonicalUri(textDocument.uri);
    return { file, states: await models.statesOf(file) };
  };
  const resolve = (hint: InlayHint): InlayHint => {
    const data = hint.data as HintData;
    const shown = models.byId(data.model, data.state)?.shown;
    const tooltip = shown && hintTooltip(shown.analysis, data);
    return tooltip ? { ...hint, tooltip } : hint;
  };
  return {
    async inlayHints(params) {
      const { file, states } = await find(params);
      const [state] = states;
      if (!state?.shown) return [];
      const request = { file, range: params.range, model: state.key, state: state.id };
      const hints = inlayHints(state.shown, request, state.config.hints);
      return client.lazyTooltips ? hints : hints.map(resolve);
    },
    resolveInlayHint: resolve,
    async diagnostics(params) {
      const file = canonicalUri(params.textDocument.uri);
      const states = await models.statesThatRead(file);
      const resultId = states.map(({ id }) => id).join(",");
      if (resultId !== "" && resultId === params.previousResultId) return { kind: "unchanged", resultId };
      const items = states.flatMap((state) => diagnostics(state, file, ruleLink));
      return { kind: "full", ...(resultId !== "" && { resultId }), items: distinctDiagnostics(items) };
    },
    async codeActions({ textDocument, range, context }) {
      const file = canonicalUri(textDocument.uri);
      const states = await models.statesThatRead(file);
      const { documentChanges } = client;
      const request = { file, range, only: context.only, diagnostics: context.diagnostics, documentChanges };
      return distinctActions(states.flatMap((state) => codeActions(state, request, ruleLink)));
    },
    async codeLenses(params) {
      const { file, states } = await find(params);
      const commands = client.lensCommands;
      const lenses = await Promise.all(
        states.map(async (state) => {
          const [base, exported] = await Promise.all([models.base(state), session.latestExport(state)]);
          return codeLenses(state, { file, commands, base, exported });
        }),
      );
      return lenses.flat();
    },
    async hover(params) {
      const { file, states } = await find(params);
      const shown = states[0]?.shown;
      return (shown && hover(shown, file, params.position)) ?? null;
    },
    async completion(params) {
      const { file, states } = await find(params);
      const shown = states[0]?.shown;
      return shown ? completion(shown, file, params.position) : [];
    },
    async documentSymbols(params) {
      const { file, states } = await find(params);
      return states.flatMap(({ shown }) => (shown ? documentSymbols(shown, file) : []));
    },
    async definition(params) {
      const { file, states } = await find(params);
      const [state] = states;
      return state?.shown ? definition(state, state.shown, file, params.position, ruleLink) : [];
    },
    async modelCost({ uri }) {
      const state = await models.current(canonicalUri(uri));
      return state ? modelCost(state, uri) : null;
    },
    async explore(params) {
      const state = await models.current(canonicalUri(params.uri));
      return state ? explore(state, params, await models.base(state)) : null;
    },
    async exploreEdit({ uri, whatIf }) {
      const state = await models.current(canonicalUri(uri));
      return state
        ? exploreEdit(state, whatIf)
        : { edits: [], problem: "The file is no open model: open it, then write the change." };
    },
    async modelSetup({ uri }) {
      const state = await models.current(canonicalUri(uri));
      return state ? modelSetup(state) : null;
    },
    async modelTree({ uri }) {
      const state = await models.current(canonicalUri(uri));
      return state ? modelTree(state, uri) : null;
    },
    async costJson({ uri }) {
      const shown = (await models.current(canonicalUri(uri)))?.shown;
      if (!shown) return null;
      const model = { file: baseName(uri), ...shown.analysis };
      return { text: costJson([model], { several: false, breakdown: false }) };
    },
    async network({ uri }) {
      const key = canonicalUri(uri);
      return networks.record(key, await session.config(key));
    },
    async drawing({ uri, form }) {
      const key = canonicalUri(uri);
      if (isOnnx(key)) {
        return drawNetwork(await networks.diagram(key, form, await session.config(key)), runNetworkJob);
      }
      const state = await models.current(key);
      return state ? drawModel(state, form, runNetworkJob) : noModel;
    },
  };
}

function isOnnx(key: string): boolean {
  return /\.onnx$/i.test(key);
}
