using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>GPT-2 (Radford et al. 2019) as one graph over a batch of B rows of T tokens. Parameters are inputs under their own names.</summary>
public static class Gpt2Graph
{
    /// <summary>Token ids [B·T].</summary>
    public const string InputIds = "input_ids";

    /// <summary>The position of each token in its document [B·T].</summary>
    public const string PositionIds = "position_ids";

    /// <summary>The segment of each token [B·T].</summary>
    public const string Segments = "segments";

    /// <summary>Which of the B·T tokens the head is run on [R], each at most once.</summary>
    public const string HeadRows = "head_rows";

    /// <summary>The right next token of each of those [R, 1]; any valid id where there is none.</summary>
    public const string Labels = "labels";

    /// <summary>The weight of each of those in the loss [R, 1]; 0 where there is no label.</summary>
    public const string Weights = "weights";

    /// <summary>Output: -ln p(label) of each of those, not weighted [R, 1].</summary>
    public const string Losses = "losses";

    /// <summary>Output: the scores of every next token [B·T, V].</summary>
    public const string Logits = "logits";

    /// <summary>GPT-2's ε in every layer norm.</summary>
    public const float Epsilon = 1e-5f;

    private const string Gradient = "gradient.";

    /// <summary>Output: the gradient of a parameter.</summary>
    public static string GradientOf(string parameter) => Gradient + parameter;

    /// <summary>The parameter whose gradient an output is, or null.</summary>
    public static string? ParameterOf(string output) => output.StartsWith(Gradient, StringComparison.Ordinal) ? output[Gradient.Length..] : null;

    /// <summary>Output: the residual stream [B·T, C] after the embeddings (0), after each block, and after the last layer norm.</summary>
    public static string Hidden(int index) => "hidden." + index;

    /// <summary>
    /// Losses of <paramref name="headRows"/> tokens and the gradients of their weighted sum for what is trained. When the embeddings are
    /// <paramref name="apart"/>, their gradient comes out as <see cref="Gpt2BlockGraphs.InGradient"/> instead of being added to that of the
    /// token table, which then is written once and in place.
    /// </summary>
    public static Graph Training(Gpt2Plan plan, int headRows, bool apart = false)
    {
        var model = new Gpt2Builder(plan, training: true, firstSite: 0, Gpt2Builder.SiteOf(plan.Shape.Layers));
        var states = HiddenStates(plan, model, apart);
        model.Losses(states[^1], headRows);
        model.OutputGradients();
        if (apart)
        {
            model.Graph.Output(Gpt2BlockGraphs.InGradient, model.Tape.Gradient(states[0]));
        }

        return model.Graph;
    }

    /// <summary>Losses of <paramref name="headRows"/> tokens alone.</summary>
    public static Graph Evaluation(Gpt2Plan plan, int headRows)
    {
        var model = new Gpt2Builder(plan, training: false, 0, 0);
        model.Losses(HiddenStates(plan, model)[^1], headRows);
        return model.Graph;
    }

    /// <summary>The scores of every token and, on request, the residual stream at every joint.</summary>
    public static Graph Inference(Gpt2Plan plan, bool hidden)
    {
        var model = new Gpt2Builder(plan, training: false, 0, 0);
        var states = HiddenStates(plan, model);
        model.Graph.Output(Logits, model.Logits(states[^1]));
        for (var i = 0; hidden && i < states.Count; i++)
        {
            model.Graph.Output(Hidden(i), states[i]);
        }

        return model.Graph;
    }

    private static List<GraphValue> HiddenStates(Gpt2Plan plan, Gpt2Builder model, bool apart = false)
    {
        var states = new List<GraphValue> { model.Embed(apart) };
        for (var layer = 0; layer < plan.Shape.Layers; layer++)
        {
            states.Add(model.Block(states[^1], layer));
        }

        states.Add(model.FinalNorm(states[^1]));
        return states;
    }
}
