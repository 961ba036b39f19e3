using System.Globalization;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Graphs.Composites;

/// <summary>
/// Sets a share of a value to zero and scales the rest up, so that its mean stays (Srivastava et al. 2014). What is dropped is an input of the
/// graph: a key for each site and a number for each row of the batch, or, for portable graphs, the masks themselves. No generator of the
/// runtime is used, since its seed would be fixed when the session is made.
/// </summary>
public sealed class Dropout
{
    /// <summary>Input: a key for each site [S].</summary>
    public const string Keys = "dropout_keys";

    /// <summary>Input: the number of each row of the batch [B].</summary>
    public const string Rows = "dropout_rows";

    private const string Mask = "dropout_mask.";

    private readonly Graph _graph;
    private readonly int _batch;
    private readonly int _sites;
    private readonly float _rate;
    private GraphValue? _keys;
    private GraphValue? _rows;

    /// <summary>Dropout of one graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="batch">Rows of the batch.</param>
    /// <param name="sites">How many values are dropped from.</param>
    /// <param name="rate">The share that is dropped; 0 for none.</param>
    public Dropout(Graph graph, int batch, int sites, double rate)
    {
        (_graph, _batch, _sites, _rate) = (graph, batch, sites, (float)rate);
    }

    /// <summary>The share that is dropped.</summary>
    internal float Rate => _rate;

    /// <summary>The site whose mask a portable graph's input holds, or null.</summary>
    public static int? SiteOf(string input) =>
        input.StartsWith(Mask, StringComparison.Ordinal) ? int.Parse(input.AsSpan(Mask.Length), CultureInfo.InvariantCulture) : null;

    /// <summary>Drops from a value whose outermost elements belong to the rows of the batch in order.</summary>
    public GraphValue Apply(Tape tape, GraphValue x, int site)
    {
        if (_rate <= 0)
        {
            return x;
        }

        var drop = Drop(x.Shape, site);
        return tape.Record(drop(x), [x], dy => tape.Contribute(x, drop(dy)));
    }

    /// <summary>The operation, for the value and for its gradient.</summary>
    internal Func<GraphValue, GraphValue> Drop(Shape shape, int site)
    {
        if (_rate <= 0)
        {
            return x => x;
        }

        if (_graph.Operators == GraphOperators.Kernels)
        {
            var (keys, rows) = Inputs();
            var kernel = new DropoutKernel(shape, _batch, site, _rate);
            return x => _graph.Node(kernel, x, keys, rows)[0];
        }

        var mask = _graph.Input(Mask + site.ToString(CultureInfo.InvariantCulture), ElementType.Truth, shape);
        return x => _graph.Where(mask, _graph.Multiply(x, _graph.Scalar(1 / (1 - _rate))), _graph.Scalar(0));
    }

    /// <summary>The keys and the rows' numbers, for kernels.</summary>
    internal (GraphValue Keys, GraphValue Rows) Inputs() =>
        (_keys ??= _graph.Input(Keys, ElementType.Index, [_sites]), _rows ??= _graph.Input(Rows, ElementType.Index, [_batch]));
}
