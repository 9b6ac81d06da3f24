import { parser } from '@prometheus-io/lezer-promql';

/** A metric as an expression selects it. */
export interface Selected {
  readonly name: string;
  /** Labels that its matchers name, with what they compare. */
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** What an expression asks for. */
export interface Query {
  readonly selected: readonly Selected[];
  /** Labels that it groups or joins by. */
  readonly labels: readonly string[];
}

type Node = ReturnType<typeof parser.parse>['topNode'];

/**
 * Parses an expression with Prometheus' own grammar.
 * @throws Error at the place where it is none
 */
export function readPromql(expression: string): Query {
  const tree = parser.parse(expression);
  const textOf = ({ from, to }: Node): string => expression.slice(from, to);
  const selected: Selected[] = [];
  const labels: string[] = [];
  tree.iterate({
    enter: ({ node }) => {
      if (node.type.isError) {
        throw new Error(`no PromQL at ${String(node.from)}: ${expression.slice(node.from)} in ${expression}`);
      }
      if (node.name === 'GroupingLabels') labels.push(...node.getChildren('LabelName').map(textOf));
      if (node.name === 'VectorSelector') selected.push(readSelector(node, textOf));
    },
  });
  return { selected, labels };
}

function readSelector(node: Node, textOf: (node: Node) => string): Selected {
  const name = node.getChild('Identifier');
  if (name === null) throw new Error(`a selector without a name: ${textOf(node)}`);
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return {
    name: textOf(name),
    matchers: matchers.map((matcher) => {
      const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) =>
        matcher.getChild(kind),
      );
      if (label == null || operator == null || value == null)
        throw new Error(`no matcher: ${textOf(matcher)}`);
      return { label: textOf(label), operator: textOf(operator), value: textOf(value).slice(1, -1) };
    }),
  };
}
