/** The part of dagre that is used: the package's own types import files by names that TypeScript does not find in ES modules. */
declare module "@dagrejs/dagre" {
  interface Placed {
    readonly x: number;
    readonly y: number;
  }

  interface Size {
    readonly width: number;
    readonly height: number;
  }

  /** Nodes and edges are given a size; `layout` adds the place of their middle. */
  class Graph {
    constructor(options: { readonly multigraph: boolean });
    setGraph(options: { rankdir: "TB"; nodesep: number; edgesep: number; ranksep: number }): void;
    setNode(id: string, size: Size): void;
    setEdge(from: string, to: string, label: Size & { labelpos: "c" }, name: string): void;
    node(id: string): Placed;
    edge(from: string, to: string, name: string): Placed & { readonly points: readonly Placed[] };
  }

  const dagre: {
    readonly graphlib: { readonly Graph: typeof Graph };
    readonly layout: (graph: Graph) => void;
  };
  export default dagre;
}
