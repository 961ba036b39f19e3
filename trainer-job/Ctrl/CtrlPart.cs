using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Ctrl;

/// <summary>A stored tensor [outputs, inputs] and its place as some columns of a tensor [inputs, columns] in memory; vectors have 0 inputs.</summary>
/// <param name="StoredName">Its name in the file.</param>
/// <param name="Name">The tensor in memory.</param>
/// <param name="Inputs">Its columns as stored, 0 for a vector.</param>
/// <param name="Outputs">Its rows as stored, or the vector's length.</param>
/// <param name="First">The first column of its place.</param>
/// <param name="Columns">Columns of the tensor in memory.</param>
internal sealed record CtrlPart(string StoredName, string Name, int Inputs, int Outputs, int First, int Columns)
{
    /// <summary>Reads it into its place.</summary>
    public void Read(CtrlTensors files, ParameterSet parameters)
    {
        var target = parameters[Name].Values;
        if (Inputs == 0)
        {
            files.Read(StoredName, target.Slice(First, Outputs));
            return;
        }

        var values = new float[Inputs * Outputs];
        files.Read(StoredName, values);
        for (var input = 0; input < Inputs; input++)
        {
            for (var output = 0; output < Outputs; output++)
            {
                target[(input * Columns) + First + output] = values[(output * Inputs) + input];
            }
        }
    }

    /// <summary>It as it is stored.</summary>
    public SafetensorsTensor Stored(ParameterSet parameters)
    {
        var source = parameters[Name].Values;
        if (Inputs == 0)
        {
            return SafetensorsTensor.Of(StoredName, [Outputs], source.Slice(First, Outputs).ToArray());
        }

        var values = new float[Inputs * Outputs];
        for (var input = 0; input < Inputs; input++)
        {
            for (var output = 0; output < Outputs; output++)
            {
                values[(output * Inputs) + input] = source[(input * Columns) + First + output];
            }
        }

        return SafetensorsTensor.Of(StoredName, [Outputs, Inputs], values);
    }
}
