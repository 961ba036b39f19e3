using Pipeline.TrainerJob.Graphs;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// GPT-2 in pieces: the embeddings, a block, and the head, each forwards and backwards. One block's graphs serve all blocks of a kind, with
/// other parameters bound to them. Backwards a block is computed again from what entered it, so nothing else has to be kept.
/// </summary>
public static class Gpt2BlockGraphs
{
    /// <summary>What enters a block or the head [B·T, C].</summary>
    public const string In = "in";

    /// <summary>What leaves the embeddings or a block [B·T, C].</summary>
    public const string Out = "out";

    /// <summary>The gradient of <see cref="In"/>, an output.</summary>
    public const string InGradient = "in_gradient";

    /// <summary>The gradient of <see cref="Out"/>, an input.</summary>
    public const string OutGradient = "out_gradient";

    /// <summary>Input of the embeddings' backward pass: the gradient of the token table so far [V, C]; may share its memory with the new one.</summary>
    public const string TableGradient = "table_gradient";

    /// <summary>Ids and positions give the embeddings.</summary>
    public static Graph Embedding(Gpt2Plan plan)
    {
        var model = new Gpt2Builder(plan, training: true, firstSite: 0, sites: 1);
        model.Graph.Output(Out, model.Embed());
        return model.Graph;
    }

    /// <summary>The gradient of the embeddings gives those of the tables; that of the token table is added to the head's.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="sites">How many sites of dropout have keys.</param>
    public static Graph EmbeddingBackward(Gpt2Plan plan, int sites = 1)
    {
        var model = new Gpt2Builder(plan, training: true, firstSite: 0, sites);
        var x = model.Embed();
        var table = model.Parameter(Gpt2Parameters.TokenTable);
        model.Tape.Contribute(table, model.Input(TableGradient, ElementType.Number, table.Shape));
        model.Tape.Contribute(x, model.Input(OutGradient, ElementType.Number, x.Shape));
        model.OutputGradients();
        return model.Graph;
    }

    /// <summary>One block.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="layer">A block of the kind: the graph's inputs bear its names.</param>
    public static Graph Block(Gpt2Plan plan, int layer)
    {
        var model = new Gpt2Builder(plan, training: true, Gpt2Builder.SiteOf(layer), Gpt2Builder.SitesOfBlock);
        model.Graph.Output(Out, model.Block(model.Input(In, ElementType.Number, [plan.Tokens, plan.Shape.Width]), layer));
        return model.Graph;
    }

    /// <summary>One block computed again, and its gradients.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="layer">A block of the kind.</param>
    public static Graph BlockBackward(Gpt2Plan plan, int layer)
    {
        var model = new Gpt2Builder(plan, training: true, Gpt2Builder.SiteOf(layer), Gpt2Builder.SitesOfBlock);
        var x = model.Tape.Follow(model.Input(In, ElementType.Number, [plan.Tokens, plan.Shape.Width]));
        var y = model.Block(x, layer);
        model.Tape.Contribute(y, model.Input(OutGradient, ElementType.Number, y.Shape));
        model.OutputGradients();
        model.Graph.Output(InGradient, model.Tape.Gradient(x));
        return model.Graph;
    }

    /// <summary>The last layer norm, the head and their gradients.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="headRows">How many tokens the head is run on.</param>
    /// <param name="follow">Whether the gradient of what enters is wanted.</param>
    public static Graph Head(Gpt2Plan plan, int headRows, bool follow)
    {
        var model = new Gpt2Builder(plan, training: true, 0, 0);
        var x = model.Input(In, ElementType.Number, [plan.Tokens, plan.Shape.Width]);
        if (follow)
        {
            model.Tape.Follow(x);
        }

        model.Losses(model.FinalNorm(x), headRows);
        model.OutputGradients();
        if (follow)
        {
            model.Graph.Output(InGradient, model.Tape.Gradient(x));
        }

        return model.Graph;
    }
}
