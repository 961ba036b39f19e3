using System.Security.Cryptography;
using System.Text;
using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.Tokenization;
using Pipeline.TrainerJob.Ctrl;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>A model that training begins with. Its weights stay on disk until they are asked for.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Tokenizer">Its tokenizer, which the corpus is encoded with.</param>
/// <param name="Identity">16 hexadecimal digits that follow from sizes, weights and tokenizer, wherever the files lie.</param>
internal sealed record BaseModel(string Name, string Folder, ModelShape Shape, BpeTokenizer Tokenizer, string Identity)
{
    private const int IdentityDigits = 16;

    // A hundred thousand small reads of a large file would take longer than the hashing.
    private const int BytesAtOnce = 1 << 20;

    /// <summary>Reads all but the weights, which are hashed and whose names and sizes are checked.</summary>
    /// <exception cref="ModelFolderException">Something is missing or does not fit; all of it is named.</exception>
    /// <exception cref="TokenizerException">There is no tokenizer that can be used.</exception>
    public static async Task<BaseModel> OpenAsync(string name, string folder, CancellationToken cancellationToken)
    {
        var ctrl = ModelKind.Of(folder) is CtrlConfig.Type;
        var shape = ctrl ? CtrlConfig.Read(folder).Shape : Gpt2Folder.ReadShape(folder);
        var tokenizer = BpeTokenizer.Load(folder);
        var files = Gpt2Folder.WeightFiles(folder);
        List<string> problems = [];
        if (ctrl)
        {
            CtrlFolder.Check(folder, shape);
        }
        else
        {
            using var weights = Gpt2Weights.Open(files);
            problems.AddRange(weights.Problems(shape));
        }

        if (tokenizer.VocabularySize > shape.Vocabulary)
        {
            problems.Add($"its tokenizer has {tokenizer.VocabularySize} tokens and the model {shape.Vocabulary}: they do not belong together");
        }

        return problems.Count == 0
            ? new BaseModel(name, folder, shape, tokenizer, await IdentifyAsync(shape, tokenizer, files, cancellationToken))
            : throw new ModelFolderException(folder, problems);
    }

    /// <summary>Reads the weights straight into memory that is the caller's to free.</summary>
    public ParameterSet ReadParameters() => Shape.IsCtrl ? CtrlFolder.Load(Folder).Parameters : Gpt2Folder.Load(Folder).Parameters;

    private static async Task<string> IdentifyAsync(ModelShape shape, BpeTokenizer tokenizer, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{shape.Layers} {shape.Heads} {shape.Width} {shape.Context} {shape.Vocabulary} {tokenizer.Fingerprint}"));
        var buffer = new byte[BytesAtOnce];
        foreach (var file in files)
        {
            using var ofFile = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: false);
            for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                ofFile.AppendData(buffer, 0, count);
            }

            hash.AppendData(ofFile.GetHashAndReset());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..IdentityDigits];
    }
}
