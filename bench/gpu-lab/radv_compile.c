// Compiles SPIR-V compute shaders with Mesa's RADV driver on null hardware, so that no GPU is needed and nothing is executed.
// For each FILE.spv it prints one JSON line with the processor time to compile and the driver's statistics and writes the GPU's assembly to FILE.s.
// compile.ts builds and runs it; RADV_FORCE_FAMILY selects the GPU: polaris10 (GCN, waves of 64 threads), navi21 (RDNA 2) or
// navi33 (RDNA 3).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vulkan/vulkan.h>
#define CHECK(call) do { VkResult r_ = (call); if (r_ < 0) { fprintf(stderr, "%s: %d\n", #call, r_); return 1; } } while (0)
enum { MAX_IDS = 1 << 16, MAX_BINDINGS = 64, STORAGE_UNIFORM = 2, OP_VARIABLE = 59, OP_DECORATE = 71, DECORATION_BINDING = 33 };
// Newer than some packaged headers.
typedef struct { VkStructureType sType; void *pNext; VkBool32 matrix, robust; } CoopMatrixFeatures;

int main(int argc, char **argv) {
  VkApplicationInfo app = { VK_STRUCTURE_TYPE_APPLICATION_INFO, 0, "radv_compile", 1, "radv_compile", 1, VK_API_VERSION_1_3 };
  VkInstanceCreateInfo instance_info = { VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, 0, 0, &app };
  VkInstance instance; CHECK(vkCreateInstance(&instance_info, 0, &instance));
  uint32_t count = 1; VkPhysicalDevice physical;
  if (vkEnumeratePhysicalDevices(instance, &count, &physical) < 0 || count == 0) { fprintf(stderr, "no device: set RADV_FORCE_FAMILY\n"); return 1; }
  VkPhysicalDeviceProperties properties; vkGetPhysicalDeviceProperties(physical, &properties);

  VkPhysicalDeviceFeatures2 f2 = { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 };
  VkPhysicalDeviceVulkan11Features f11 = { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES };
  VkPhysicalDeviceVulkan12Features f12 = { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES };
  VkPhysicalDeviceVulkan13Features f13 = { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES };
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable = { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR };
  CoopMatrixFeatures matrix = { (VkStructureType)1000506000 };
  f2.pNext = &f11; f11.pNext = &f12; f12.pNext = &f13; f13.pNext = &executable;
  uint32_t n = 0; vkEnumerateDeviceExtensionProperties(physical, 0, &n, 0);
  VkExtensionProperties *offered = malloc(n * sizeof *offered); vkEnumerateDeviceExtensionProperties(physical, 0, &n, offered);
  const char *wanted[] = { "VK_KHR_pipeline_executable_properties", "VK_KHR_cooperative_matrix" }, *extensions[2]; int used = 0;
  for (uint32_t i = 0; i < n; i++) for (int w = 0; w < 2; w++) if (!strcmp(offered[i].extensionName, wanted[w])) { extensions[used++] = wanted[w]; if (w) executable.pNext = &matrix; }
  vkGetPhysicalDeviceFeatures2(physical, &f2);
  float priority = 1; VkDeviceQueueCreateInfo queue = { VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, 0, 0, 0, 1, &priority };
  VkDeviceCreateInfo device_info = { VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &f2, 0, 1, &queue, 0, 0, used, extensions };
  VkDevice device; CHECK(vkCreateDevice(physical, &device_info, 0, &device));
  PFN_vkGetPipelineExecutableStatisticsKHR statistics = (void *)vkGetDeviceProcAddr(device, "vkGetPipelineExecutableStatisticsKHR");
  PFN_vkGetPipelineExecutableInternalRepresentationsKHR representations = (void *)vkGetDeviceProcAddr(device, "vkGetPipelineExecutableInternalRepresentationsKHR");

  static uint32_t binding[MAX_IDS], storage[MAX_IDS];
  for (int a = 1; a < argc; a++) {
    FILE *file = fopen(argv[a], "rb"); if (!file) { perror(argv[a]); return 1; }
    fseek(file, 0, SEEK_END); long bytes = ftell(file); rewind(file);
    uint32_t *code = malloc(bytes); if (!fread(code, 1, bytes, file)) return 1; fclose(file);
    memset(binding, 255, sizeof binding); memset(storage, 255, sizeof storage);
    for (long w = 5; w < bytes / 4; w += code[w] >> 16) {
      if ((code[w] & 0xffff) == OP_DECORATE && code[w + 2] == DECORATION_BINDING) binding[code[w + 1]] = code[w + 3];
      if ((code[w] & 0xffff) == OP_VARIABLE) storage[code[w + 2]] = code[w + 3];
    }
    VkDescriptorSetLayoutBinding bindings[MAX_BINDINGS]; int bound = 0;
    for (int id = 0; id < MAX_IDS; id++) if (binding[id] != ~0u && storage[id] != ~0u) {
      VkDescriptorSetLayoutBinding b = { binding[id], storage[id] == STORAGE_UNIFORM ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT };
      bindings[bound++] = b;
    }
    VkDescriptorSetLayoutCreateInfo set_info = { VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, 0, 0, bound, bindings }; VkDescriptorSetLayout set; CHECK(vkCreateDescriptorSetLayout(device, &set_info, 0, &set));
    VkPipelineLayoutCreateInfo layout_info = { VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, 0, 0, 1, &set }; VkPipelineLayout layout; CHECK(vkCreatePipelineLayout(device, &layout_info, 0, &layout));
    VkShaderModuleCreateInfo module_info = { VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, 0, 0, bytes, code }; VkShaderModule module; CHECK(vkCreateShaderModule(device, &module_info, 0, &module));
    VkPipelineShaderStageCreateInfo stage = { VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, 0, 0, VK_SHADER_STAGE_COMPUTE_BIT, module, "dawn_entry_point" };
    VkComputePipelineCreateInfo pipeline_info = { VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, 0, VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR, stage, layout };
    struct timespec from, to; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    VkPipeline pipeline; CHECK(vkCreateComputePipelines(device, 0, 1, &pipeline_info, 0, &pipeline)); clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    VkPipelineExecutableInfoKHR which = { VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, 0, pipeline, 0 };
    uint32_t m = 0; statistics(device, &which, &m, 0);
    VkPipelineExecutableStatisticKHR *stat = calloc(m, sizeof *stat); for (uint32_t i = 0; i < m; i++) stat[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
    statistics(device, &which, &m, stat);
    printf("{\"file\":\"%s\",\"device\":\"%s\",\"compile_ms\":%.1f", argv[a], properties.deviceName, (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6);
    for (uint32_t i = 0; i < m; i++) printf(",\"%s\":%lld", stat[i].name, (long long)stat[i].value.u64);
    printf("}\n"); fflush(stdout);
    m = 0; representations(device, &which, &m, 0);
    VkPipelineExecutableInternalRepresentationKHR *text = calloc(m, sizeof *text); for (uint32_t i = 0; i < m; i++) text[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
    representations(device, &which, &m, text); for (uint32_t i = 0; i < m; i++) text[i].pData = malloc(text[i].dataSize + 1);
    representations(device, &which, &m, text);
    for (uint32_t i = 0; i < m; i++) if (strstr(text[i].name, "ssembl")) { char name[4096]; snprintf(name, sizeof name, "%.*s.s", (int)strlen(argv[a]) - 4, argv[a]); FILE *out = fopen(name, "w"); fwrite(text[i].pData, 1, strnlen(text[i].pData, text[i].dataSize), out); fclose(out); }
  }
  return 0;
}
