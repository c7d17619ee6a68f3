using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    /// <summary>A method of Coherent, Cluster or Approximate. A view and the index after it are one address.</summary>
    private string DeviceFunction(IInvocationOperation call)
    {
        string owner = call.TargetMethod.ContainingType.Name;
        int capability = DeviceFunctions.ComputeCapability(owner);
        if (unit.Features.ComputeCapability < capability)
        {
            return Outside(Rules.CudaOnly, call, $"{owner}.{call.TargetMethod.Name}", capability);
        }

        if (DeviceFunctions.Name(owner, call.TargetMethod.Name) is not { } function)
        {
            return Unknown(call);
        }

        IOperation[] arguments = [.. call.Arguments.OrderBy(a => a.Parameter!.Ordinal).Select(a => a.Value)];
        List<string> values = [];
        for (int n = 0; n < arguments.Length; n++)
        {
            values.Add(TypeText.IsView(arguments[n].Type) ? $"&{View(arguments[n]).Pointer}[{Bare(Value(arguments[++n]))}]"
                : IsReference(call, arguments[n]) ? Address(arguments[n], out AddressSpace _)
                : Bare(Value(arguments[n])));
        }

        return $"{unit.Support(function)}({string.Join(", ", values)})";
    }
}
